/** One page on one terminal: its WebSocket, what it says, whether it is still there. */
import type { RawData, WebSocket } from 'ws'
import { LabError, PROBLEMS, type ProblemCode } from '../../../src/wire/problems.js'
import {
  SSH_MAX_INPUT_BYTES,
  type SshClientMessage,
  type SshServerMessage,
  type TerminalSize,
} from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import type { GatewayLimits } from './limits.js'
import { MAX_CONTROL_BYTES, parseClientMessage } from './messages.js'
import { Outflow } from './outflow.js'
import type { Cancel, Timers } from './timers.js'

/** What a page has of a stream, and what it can do where that is gone. */
export type Asked = Pick<Extract<SshClientMessage, { type: 'attach' }>, 'have' | 'keep'>

/** A page that is on no terminal: told why, and closed. */
export function refuse(socket: WebSocket, error: LabError): void {
  socket.on('error', () => socket.terminate())
  socket.resume()
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'problem', code: error.code }))
  socket.close(PROBLEMS[error.code].close, error.code)
}

/** What a page does to its shell. */
export interface ViewerHandlers {
  attach(viewer: Viewer, asked: Asked): void
  resize(viewer: Viewer): void
  input(viewer: Viewer, bytes: Buffer): void
  /** There may be room for more output. */
  ready(viewer: Viewer): void
  newShell(viewer: Viewer): void
  /** Once; `lastSeen` is the last moment the page answered. */
  closed(viewer: Viewer, lastSeen: Date): void
}

export interface ViewerDeps {
  readonly limits: GatewayLimits
  readonly timers: Timers
  readonly handlers: ViewerHandlers
}

export class Viewer {
  readonly claims: TicketClaims
  readonly out: Outflow
  /** The page is on the stream. */
  attached = false
  /** When it last typed, resized or attached, counted by its shell: the latest decides the size. */
  turn = 0
  size: TerminalSize = { cols: 80, rows: 24 }
  readonly #socket: WebSocket
  readonly #deps: ViewerDeps
  readonly #cancels: Cancel[] = []
  #asked = false
  #open = true
  #lastSeen: number

  /** Listens at once: a page may speak before anybody had time to ask who it is. */
  constructor(socket: WebSocket, claims: TicketClaims, deps: ViewerDeps) {
    const { limits, timers } = deps
    this.claims = claims
    this.#socket = socket
    this.#deps = deps
    this.#lastSeen = timers.now()
    this.out = new Outflow(socket, {
      maxBuffered: limits.bufferedOutput,
      drained: () => this.#ready(),
      now: () => performance.now(),
    })
    socket.on('message', (data, isBinary) => this.#heard(data, isBinary))
    socket.on('pong', () => this.#seen())
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#finish())
    const late = timers.after(limits.attachTimeout, () => {
      if (!this.#asked) this.fail(new LabError('link/protocol', { message: 'no attach' }))
    })
    this.#cancels.push(
      late,
      timers.every(limits.pingEvery, () => this.#check()),
    )
    if (socket.readyState !== socket.OPEN) queueMicrotask(() => this.#finish())
  }

  get open(): boolean {
    return this.#open
  }

  get readOnly(): boolean {
    return this.claims.readOnly
  }

  tell(message: SshServerMessage): void {
    if (this.#open) this.#socket.send(JSON.stringify(message))
  }

  /** Says why, closes, and is done with the page; its shell hears of it at once. */
  fail(error: LabError): void {
    if (!this.#open) return
    const { code, detail } = error
    this.tell({ type: 'problem', code, ...(detail === undefined ? {} : { detail }) })
    this.#close(code)
    this.#finish()
  }

  #close(code: ProblemCode): void {
    const socket = this.#socket
    socket.close(PROBLEMS[code].close, code)
    const cancel = this.#deps.timers.after(this.#deps.limits.closeTimeout, () => socket.terminate())
    socket.once('close', cancel)
  }

  #heard(data: RawData, isBinary: boolean): void {
    if (!this.#open) return
    this.#seen()
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
    const understood = isBinary ? this.#typed(bytes) : this.#said(bytes)
    if (!understood) this.fail(new LabError('link/protocol', { message: 'the page broke the protocol' }))
  }

  #typed(bytes: Buffer): boolean {
    if (bytes.length > SSH_MAX_INPUT_BYTES || !this.#asked) return false
    if (this.attached && bytes.length > 0) this.#deps.handlers.input(this, bytes)
    return true
  }

  #said(bytes: Buffer): boolean {
    const message = bytes.length > MAX_CONTROL_BYTES ? undefined : parseClientMessage(bytes.toString())
    if (!message || (message.type === 'attach') === this.#asked) return false
    const { handlers } = this.#deps
    switch (message.type) {
      case 'attach':
        this.#asked = true
        this.size = { cols: message.cols, rows: message.rows }
        handlers.attach(this, message)
        return true
      case 'resize':
        this.size = { cols: message.cols, rows: message.rows }
        if (this.attached) handlers.resize(this)
        return true
      case 'ack':
        if (!this.attached || !this.out.ack(message.seq)) return false
        this.#ready()
        return true
      case 'ping':
        this.tell({ type: 'pong', id: message.id })
        return true
      case 'new-shell':
        if (this.attached) handlers.newShell(this)
        return true
      default:
        message satisfies never
        return false
    }
  }

  #ready(): void {
    if (this.#open && this.attached) this.#deps.handlers.ready(this)
  }

  #seen(): void {
    this.#lastSeen = this.#deps.timers.now()
  }

  #check(): void {
    const { limits, timers } = this.#deps
    if (timers.now() - this.#lastSeen < limits.silence) {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
      return
    }
    this.#finish()
    this.#socket.terminate()
  }

  #finish(): void {
    if (!this.#open) return
    this.#open = false
    for (const cancel of this.#cancels) cancel()
    this.#deps.handlers.closed(this, new Date(this.#lastSeen))
  }
}
