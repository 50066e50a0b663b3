/** Carries a page's tunnel to the replica that holds its shell, frame by frame. */
import { WebSocket } from 'ws'
import { type LabError, PROBLEMS } from '../../../../src/wire/problems.js'
import { SUBPROTOCOL } from '../../../../src/wire/protocol.js'
import type { TicketClaims } from '../../auth/ports.js'
import { CLAIMS_HEADER, pack } from './claims.js'
import type { Peer } from './places.js'

/** How long another replica may take to answer, milliseconds. */
const ANSWER_MS = 5_000
/** Bytes that wait for one side before the other is not read any more. */
const MAX_BUFFERED = 256 * 1024
/** Codes with which a WebSocket may be closed (RFC 6455 section 7.4): those that it was given, and not those it made up. */
const isTold = (code: number): boolean => code === 1000 || (code >= 3000 && code < 5000)

/** `gone`: nothing listens there any more, or another than the one meant; `silent`: it may be alive. */
export type PeerFailure = 'gone' | 'silent'

/** Opens the way to the other replica. It does not answer pings by itself: the page does. */
export function connectPeer(peer: Peer, claims: TicketClaims): Promise<WebSocket | PeerFailure> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${peer.address}/shell`, [SUBPROTOCOL.ssh], {
      headers: { authorization: `Bearer ${peer.secret}`, [CLAIMS_HEADER]: pack(claims) },
      autoPong: false,
      perMessageDeflate: false,
      handshakeTimeout: ANSWER_MS,
    })
    // What it says at once waits for the page.
    socket.once('open', () => {
      socket.pause()
      resolve(socket)
    })
    // A stopping replica answers 503; a stranger on its port answers anything else.
    socket.once('unexpected-response', (request) => {
      resolve('gone')
      request.destroy()
    })
    socket.on('error', (error: Error & { code?: unknown }) => {
      resolve(error.code === 'ECONNREFUSED' ? 'gone' : 'silent')
      socket.terminate()
    })
  })
}

/** Joins both until one of them ends; `lost` is told to the page when the replica breaks off. */
export function joinSockets(page: WebSocket, peer: WebSocket, lost: LabError): void {
  carry(page, peer)
  carry(peer, page)
  // Whether the page is there is asked by the replica that holds the shell, and answered by the page.
  peer.on('ping', () => page.readyState === page.OPEN && page.ping())
  page.on('pong', () => peer.readyState === peer.OPEN && peer.pong())
  page.on('error', () => page.terminate())
  page.on('close', (code) => (isTold(code) ? peer.close(code) : peer.terminate()))
  peer.on('close', (code, reason) => {
    if (isTold(code)) {
      page.close(code, reason)
      return
    }
    if (page.readyState === page.OPEN) page.send(JSON.stringify({ type: 'problem', code: lost.code }))
    page.close(PROBLEMS[lost.code].close, lost.code)
  })
  if (page.readyState !== page.OPEN) peer.terminate()
  page.resume()
  peer.resume()
}

function carry(from: WebSocket, to: WebSocket): void {
  let waiting = false
  from.on('message', (data, isBinary) => {
    if (to.readyState !== to.OPEN) return
    to.send(data, { binary: isBinary }, () => {
      if (!waiting || to.bufferedAmount >= MAX_BUFFERED) return
      waiting = false
      from.resume()
    })
    if (to.bufferedAmount < MAX_BUFFERED) return
    waiting = true
    from.pause()
  })
}
