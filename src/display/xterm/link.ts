/** One connection in `lab-ssh.v1`: made for one ticket, thrown away when it ends, never reused. */
import { isProblemCode, type Problem, type ProblemCode, problemOf } from '../../wire/problems.js'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../wire/protocol.js'
import type { Ticket } from '../../wire/schema.js'
import {
  SSH_ACK_BYTES,
  SSH_MAX_INPUT_BYTES,
  SSH_PING_MS,
  SSH_SILENCE_MS,
  type SshClientMessage,
  type SshServerMessage,
  type TerminalSize,
} from '../../wire/ssh.js'
import { problemCodeOfClose } from '../close-codes.js'
import type { DisplayEvent } from '../display.js'
import type { LinkPorts, LinkSocket } from '../link-ports.js'
import { Pulse } from '../pulse.js'
import { cutFrames } from './input.js'
import { parseServerMessage } from './messages.js'
import type { ScreenStream } from './stream.js'

/** A server that opens the socket and never puts the page on the stream. */
const ATTACH_MS = 30_000

type LinkEvent =
  | Extract<DisplayEvent, { type: 'ready' | 'closed' | 'exited' | 'opened' | 'shell-lost' | 'latency' }>
  /** The page is on the stream; `size` is the server's. `ready` follows the first time. */
  | { type: 'attached'; readOnly: boolean; asked: TerminalSize; size: TerminalSize }
  /** Another page resized the terminal after this page last did. */
  | { type: 'resized'; size: TerminalSize }

export interface LinkOptions {
  readonly ticket: Ticket
  readonly signal: AbortSignal
  readonly ports: LinkPorts
  readonly stream: ScreenStream
  readonly size: () => TerminalSize
  readonly notify: (event: LinkEvent) => void
}

export class Link {
  readonly #options: LinkOptions
  /** Aborted at the end: detaches every listener, so that nothing stale is ever heard. */
  readonly #end = new AbortController()
  readonly #pulse: Pulse
  #socket: LinkSocket | undefined
  #attached = false
  #attachTimer: number | undefined
  #asked: TerminalSize = { cols: 80, rows: 24 }
  #acked = 0
  /** The ping after whose answer a `resized` is newer than this page's own last resize. */
  #resizeFence = 0

  constructor(options: LinkOptions) {
    const { ports, signal, notify } = options
    this.#options = options
    this.#pulse = new Pulse({
      ports,
      pingMs: SSH_PING_MS,
      silenceMs: SSH_SILENCE_MS,
      send: (id) => this.#send({ type: 'ping', id }),
      latency: (ms) => notify({ type: 'latency', ms }),
      lost: () => this.#fail('link/lost'),
    })
    this.#attachTimer = ports.setTimeout(() => this.#fail('link/lost'), ATTACH_MS)
    signal.addEventListener('abort', () => this.abort(), { signal: this.#end.signal })
    if (signal.aborted) this.abort()
    else this.#start()
  }

  /** On the stream: input has somewhere to go. */
  get attached(): boolean {
    return this.#attached && !this.#end.signal.aborted
  }

  /** Sends bytes typed by the person, once; drops them without a shell to go to. */
  input(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.attached) return
    for (const frame of cutFrames(bytes, SSH_MAX_INPUT_BYTES)) this.#socket?.send(frame)
  }

  resize(size: TerminalSize): void {
    if (!this.attached) return
    this.#send({ type: 'resize', ...size })
    // What the server says before it answers this ping, it said before it knew of this size.
    this.#resizeFence = this.#pulse.ping()
  }

  newShell(): void {
    if (this.attached) this.#send({ type: 'new-shell' })
  }

  /** The terminal has room for more than the output before `seq`. */
  taken(seq: number): void {
    if (!this.attached || seq - this.#acked < SSH_ACK_BYTES) return
    this.#acked = seq
    this.#send({ type: 'ack', seq })
  }

  /** Ends it without a word to the display. */
  abort(): void {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    this.#pulse.stop()
    this.#clearAttachTimer()
    this.#socket?.close(1000)
    this.#socket = undefined
  }

  #start(): void {
    const { ports, ticket } = this.#options
    try {
      if (ticket.subprotocol !== SUBPROTOCOL.ssh) throw new TypeError(`not a ${SUBPROTOCOL.ssh} ticket`)
      this.#socket = ports.openSocket(ticket.url, [ticket.subprotocol, TICKET_PREFIX + ticket.ticket])
    } catch {
      // Told later, as every other end is: nobody expects an event from within `connect`.
      queueMicrotask(() => this.#fail('link/protocol'))
      return
    }
    const socket = this.#socket
    const ended = { signal: this.#end.signal }
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => this.#opened(socket.protocol), ended)
    socket.addEventListener('message', (event) => event instanceof MessageEvent && this.#heard(event.data), ended)
    socket.addEventListener('close', (event) => this.#closed(event), ended)
  }

  #opened(subprotocol: string): void {
    if (subprotocol !== SUBPROTOCOL.ssh) {
      this.#fail('link/protocol')
      return
    }
    const { stream, size } = this.#options
    const { have } = stream
    this.#asked = size()
    this.#send({ type: 'attach', ...this.#asked, ...(have ? { have, keep: true } : {}) })
    this.#pulse.opened()
  }

  #heard(data: unknown): void {
    this.#pulse.heard()
    if (!this.#isUnderstood(data)) this.#fail('link/protocol')
  }

  #isUnderstood(data: unknown): boolean {
    if (data instanceof ArrayBuffer) return this.#attached && this.#options.stream.output(new Uint8Array(data))
    const message = typeof data === 'string' ? parseServerMessage(data) : undefined
    return message === 'unknown' || (message !== undefined && this.#obey(message))
  }

  /** False where the message does not fit the moment. */
  #obey(message: SshServerMessage): boolean {
    switch (message.type) {
      case 'pong':
        return this.#pulse.pong(message.id)
      case 'attached':
        return this.#attach(message)
      case 'problem':
        // A code of a later revision: the close code that follows says what this page can understand.
        if (isProblemCode(message.code)) this.#finish(problemOf(message.code, message.detail))
        return true
      case 'resized':
        if (this.#attached && this.#pulse.answered >= this.#resizeFence) {
          this.#options.notify({ type: 'resized', size: sizeOf(message) })
        }
        return this.#attached
      case 'exited':
      case 'opened':
        if (this.#attached) this.#options.notify({ type: message.type })
        return this.#attached
      default:
        message satisfies never
        return false
    }
  }

  #attach(message: Extract<SshServerMessage, { type: 'attached' }>): boolean {
    if (!this.#options.stream.attach(message)) return false
    const { readOnly, running, seq } = message
    const first = !this.#attached
    this.#attached = true
    this.#acked = seq
    this.#clearAttachTimer()
    const { notify } = this.#options
    notify({ type: 'attached', readOnly, asked: this.#asked, size: sizeOf(message) })
    if (first) notify({ type: 'ready', readOnly })
    if (message.lost) notify({ type: 'shell-lost' })
    if (first && !running && this.attached) notify({ type: 'exited' })
    return true
  }

  #clearAttachTimer(): void {
    if (this.#attachTimer !== undefined) this.#options.ports.clearTimeout(this.#attachTimer)
    this.#attachTimer = undefined
  }

  #send(message: SshClientMessage): void {
    this.#socket?.send(JSON.stringify(message))
  }

  #closed(event: Event): void {
    const code = event instanceof CloseEvent ? event.code : 1006
    this.#fail(problemCodeOfClose(code))
  }

  #fail(code: ProblemCode): void {
    this.#finish(problemOf(code))
  }

  #finish(problem: Problem): void {
    if (this.#end.signal.aborted) return
    this.abort()
    this.#options.notify({ type: 'closed', problem })
  }
}

function sizeOf({ cols, rows }: TerminalSize): TerminalSize {
  return { cols, rows }
}
