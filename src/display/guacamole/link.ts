/** One connection in the Guacamole protocol: made for one ticket, thrown away when it ends, never reused. */
import type { Client, Status } from 'guacamole-common-js'
import { isProblemCode, type Problem, type ProblemCode, problemOf } from '../../wire/problems.js'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../wire/protocol.js'
import type { Ticket } from '../../wire/schema.js'
import { problemCodeOfClose } from '../close-codes.js'
import type { LinkPorts, LinkSocket } from '../link-ports.js'
import { Pulse } from '../pulse.js'
import { type DisposableClient, openClient } from './client.js'
import { isEmptyCursor, isPainting } from './frames.js'
import { problemCodeOfStatus, statusOfReason } from './statuses.js'
import { SocketTunnel } from './tunnel.js'

/** A server that opens the socket and never sends a frame. */
const FRAME_MS = 30_000
/** Guacamole's own client asks twice a second, and speaks of an unstable connection after 1.5 s. */
const PING_MS = 1_500
const SILENCE_MS = 15_000

export type LinkEvent =
  /** The first frame is drawn. */
  | { type: 'ready' }
  | { type: 'closed'; problem: Problem }
  | { type: 'latency'; ms: number }
  | { type: 'quality'; late: boolean }
  | { type: 'recorded' }
  /** Which way files may go, by the configuration: `to-lab`, `from-lab` or `both`. */
  | { type: 'crossing'; files: string }
  /** The lab shows no pointer for now. */
  | { type: 'pointer-hidden' }

export interface LinkOptions {
  readonly ticket: Ticket
  readonly signal: AbortSignal
  readonly ports: LinkPorts
  /** The query that tells guacd of this page: size, image types and so on. */
  readonly connectData: () => string
  /** Connects what the lab may send besides its picture; comes before anything is received. */
  readonly prepare: (client: Client) => void
  readonly notify: (event: LinkEvent) => void
}

export class Link {
  readonly #options: LinkOptions
  /** Aborted at the end: detaches every listener, so that nothing stale is ever heard. */
  readonly #end = new AbortController()
  readonly #tunnel: SocketTunnel
  readonly #guacamole: DisposableClient
  readonly #pulse: Pulse
  #frameTimer: number | undefined
  #readOnly = false
  #painted = false
  #ready = false

  constructor(options: LinkOptions) {
    const { ports, signal, notify } = options
    this.#options = options
    this.#tunnel = new SocketTunnel((query) => this.#openSocket(query), {
      internal: (opcode, args) => this.#internal(opcode, args),
      instruction: (opcode, args) => this.#instruction(opcode, args),
    })
    this.#guacamole = openClient(this.#tunnel)
    this.#pulse = new Pulse({
      ports,
      pingMs: PING_MS,
      silenceMs: SILENCE_MS,
      send: (id) => this.#tunnel.sendInternal('ping', String(id)),
      latency: (ms) => notify({ type: 'latency', ms }),
      late: (late) => this.isOpen && notify({ type: 'quality', late }),
      lost: () => this.#fail('link/lost'),
    })
    this.#frameTimer = ports.setTimeout(() => this.#fail('link/lost'), FRAME_MS)
    signal.addEventListener('abort', () => this.abort(), { signal: this.#end.signal })
    if (signal.aborted) this.abort()
    else this.#start()
  }

  get client(): Client {
    return this.#guacamole.client
  }

  /** The tunnel's id, by which its files are found; null until the server told it. */
  get uuid(): string | null {
    return this.#tunnel.uuid
  }

  /** The ticket, or the lab, lets this page only look. */
  get readOnly(): boolean {
    return this.#readOnly
  }

  /** The gateway ended a stream of this page itself; its number can be used again. */
  free(index: number): void {
    // As if the lab had refused it: nothing is sent.
    if (!this.#end.signal.aborted) this.#tunnel.oninstruction?.('ack', [String(index), '', '256'])
  }

  /** The lab is seen, and input has somewhere to go. */
  get isOpen(): boolean {
    return this.#ready && !this.#end.signal.aborted
  }

  /** Ends it without a word to the display; its last frame stays until `dispose`. */
  abort(): void {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    this.#pulse.stop()
    if (this.#frameTimer !== undefined) this.#options.ports.clearTimeout(this.#frameTimer)
    this.client.disconnect()
  }

  /** Ends it and takes its picture away. */
  dispose(): void {
    this.abort()
    this.#guacamole.dispose()
  }

  #start(): void {
    const { client } = this
    client.onerror = (status: Status) => this.#fail(problemCodeOfStatus(status.code))
    client.onsync = () => this.#synced()
    this.#options.prepare(client)
    try {
      client.connect(this.#options.connectData())
    } catch {
      // Told later, as every other end is: nobody expects an event from within `connect`.
      queueMicrotask(() => this.#fail('link/protocol'))
    }
  }

  #openSocket(query: string): LinkSocket {
    const { ports, ticket } = this.#options
    if (ticket.subprotocol !== SUBPROTOCOL.guacamole) throw new TypeError(`not a ${SUBPROTOCOL.guacamole} ticket`)
    const url = new URL(ticket.url)
    url.search = query
    const socket = ports.openSocket(url.href, [ticket.subprotocol, TICKET_PREFIX + ticket.ticket])
    const ended = { signal: this.#end.signal }
    socket.addEventListener('open', () => this.#opened(socket.protocol), ended)
    socket.addEventListener('message', (event) => event instanceof MessageEvent && this.#heard(event.data), ended)
    socket.addEventListener('close', (event) => this.#closed(event), ended)
    return socket
  }

  #opened(subprotocol: string): void {
    if (subprotocol === SUBPROTOCOL.guacamole) this.#pulse.heard()
    else this.#fail('link/protocol')
  }

  #heard(data: unknown): void {
    const asked = this.uuid === null
    this.#pulse.heard()
    try {
      if (typeof data !== 'string') throw new TypeError('not a text frame')
      this.#tunnel.receive(data)
    } catch {
      this.#fail('link/protocol')
      return
    }
    if (asked && this.uuid !== null && !this.#end.signal.aborted) this.#pulse.opened()
  }

  #internal(opcode: string, [first = '']: readonly string[]): void {
    switch (opcode) {
      case 'ping':
        this.#pulse.pong(Number(first))
        break
      case 'problem':
        // A code of a later revision: the close code that follows says what this page can understand.
        if (isProblemCode(first)) this.#fail(first)
        break
      case 'read-only':
        this.#readOnly = first === '1'
        break
      case 'recorded':
        this.#options.notify({ type: 'recorded' })
        break
      case 'files':
        this.#options.notify({ type: 'crossing', files: first })
        break
      default:
      // Of a later revision.
    }
  }

  #instruction(opcode: string, args: readonly string[]): boolean {
    if (this.#end.signal.aborted) return false
    this.#painted ||= isPainting(opcode, args)
    if (opcode === 'disconnect') this.#fail('link/session-ended')
    else if (isEmptyCursor(opcode, args)) this.#options.notify({ type: 'pointer-hidden' })
    else return true
    return false
  }

  #synced(): void {
    if (!this.#painted || this.#ready) return
    // Behind all that was sent before it, which waits for its images to be decoded.
    this.client.getDisplay().flush(() => this.#drawn())
  }

  #drawn(): void {
    if (this.#ready || this.#end.signal.aborted) return
    // Who opens a desktop may be told its size before guacd counts them in, and then never (seen with guacd 1.3 and RDP):
    // nothing can be seen. Who comes second is told.
    if (this.client.getDisplay().getWidth() === 0) {
      this.#fail('link/lost')
      return
    }
    this.#ready = true
    if (this.#frameTimer !== undefined) this.#options.ports.clearTimeout(this.#frameTimer)
    this.#frameTimer = undefined
    this.#options.notify({ type: 'ready' })
  }

  #closed(event: Event): void {
    if (!(event instanceof CloseEvent)) return
    const status = statusOfReason(event.reason)
    this.#fail(status === undefined ? problemCodeOfClose(event.code) : problemCodeOfStatus(status))
  }

  #fail(code: ProblemCode): void {
    if (this.#end.signal.aborted) return
    this.abort()
    this.#options.notify({ type: 'closed', problem: problemOf(code) })
  }
}
