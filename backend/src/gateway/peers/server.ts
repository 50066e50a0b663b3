/** Where other replicas reach this one: a listener of its own, which no browser has anything to do with. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { networkInterfaces } from 'node:os'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { SUBPROTOCOL } from '../../../../src/wire/protocol.js'
import type { TicketClaims } from '../../auth/ports.js'
import { dropRest } from '../rest-of-body.js'
import { CLAIMS_HEADER, claimsOfHeader } from './claims.js'

/** Largest message of a page, in bytes, as at the front. */
const MAX_MESSAGE = 64 * 1024
/** What only browsers send: one that got hold of the secret, or was led here, has no business here. */
const BROWSER_HEADERS = ['origin', 'cookie', 'sec-fetch-mode', 'sec-fetch-site'] as const

/** What this replica does for others. */
export interface PeerWork {
  shell(socket: WebSocket, claims: TicketClaims): void
  file(request: IncomingMessage, response: ServerResponse, claims: TicketClaims): void
  /** Of a Guacamole tunnel: whose it is stands in the request, and is asked where the tunnel is. */
  stream(request: IncomingMessage, response: ServerResponse): void
}

export interface ListenOptions {
  readonly host: string
  /** 0 = any that is free. */
  readonly port: number
}

export class PeerServer {
  readonly #server: Server
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL.ssh,
  })
  readonly #secret = randomBytes(32).toString('base64url')
  readonly #host: string
  #work: PeerWork | undefined

  private constructor(server: Server, host: string) {
    this.#server = server
    this.#host = host
    server.on('request', (request, response) => this.#request(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  static async listen({ host, port }: ListenOptions): Promise<PeerServer> {
    const server = createServer({ requestTimeout: 0 })
    server.listen(port, host)
    await once(server, 'listening')
    return new PeerServer(server, host)
  }

  /** For the database: how other replicas reach this one. */
  get self(): { readonly address: string; readonly secret: string } {
    const address = this.#server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const host = isEverywhere(this.#host) ? ownAddress() : this.#host
    return { address: `${host.includes(':') ? `[${host}]` : host}:${port}`, secret: this.#secret }
  }

  /** Until there is work, and once it is taken away, others are told that this replica is stopping. */
  serve(work: PeerWork | undefined): void {
    this.#work = work
  }

  async close(): Promise<void> {
    this.#work = undefined
    this.#server.close()
    this.#server.closeAllConnections()
    for (const socket of this.#sockets.clients) socket.terminate()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  /** Who is asking, or the status that refuses it. */
  #judge(request: IncomingMessage): TicketClaims | 400 | 401 | 403 | 503 {
    return this.#refusal(request) ?? claimsOfHeader(request.headers[CLAIMS_HEADER]) ?? 400
  }

  #refusal({ headers }: IncomingMessage): 401 | 403 | 503 | undefined {
    if (BROWSER_HEADERS.some((name) => headers[name] !== undefined)) return 403
    if (!same(headers.authorization ?? '', `Bearer ${this.#secret}`)) return 401
    return this.#work ? undefined : 503
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    response.once('finish', () => dropRest(request))
    if (request.url === '/stream' && request.method === 'POST') {
      const refusal = this.#refusal(request)
      if (refusal !== undefined) response.writeHead(refusal).end()
      else this.#work?.stream(request, response)
      return
    }
    const judged = request.url === '/file' && request.method === 'POST' ? this.#judge(request) : 404
    if (typeof judged === 'number') response.writeHead(judged).end()
    else this.#work?.file(request, response, judged)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const judged = request.url === '/shell' ? this.#judge(request) : 404
    if (typeof judged === 'number') {
      socket.end(`HTTP/1.1 ${judged} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (link) => this.#work?.shell(link, judged))
  }
}

function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** The first address of this machine that others can reach. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  const outside = all.find(({ internal, family }) => !internal && family === 'IPv4') ?? all.find((one) => !one.internal)
  return outside?.address ?? '127.0.0.1'
}
