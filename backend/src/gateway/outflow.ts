/** What one page has been sent of a stream, and what it may be sent next. */
import type { WebSocket } from 'ws'
import { SSH_ACK_BYTES } from '../../../src/wire/ssh.js'
import type { ByteRing } from './ring.js'
import { SendWindow } from './send-window.js'
import { incompleteUtf8 } from './tail.js'

/** Of output; a smaller one tells more exactly how far a page has come. */
const FRAME_BYTES = 32 * 1024

/** The part of a WebSocket that output needs. */
export type OutSocket = Pick<WebSocket, 'send' | 'bufferedAmount'>

export interface OutflowOptions {
  /** Output given to the socket and not yet to its peer, in bytes. */
  readonly maxBuffered: number
  /** The socket took what it was given: there may be room for more. */
  readonly drained: () => void
  /** Milliseconds; only differences count. */
  readonly now: () => number
}

/** Counts bytes by their number in the stream, as the page does. */
export class Outflow {
  readonly #socket: OutSocket
  readonly #options: OutflowOptions
  readonly #window = new SendWindow()
  #sent = 0
  #acked = 0
  #lastAck = 0
  #stopped = false

  constructor(socket: OutSocket, options: OutflowOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** How far the page may be behind, in bytes. */
  get window(): number {
    return this.#window.size
  }

  /** The page took everything before, as far as it said. */
  get acked(): number {
    return this.#acked
  }

  /** The last time there was more than the page could have. */
  get isStopped(): boolean {
    return this.#stopped
  }

  /** Output goes on from `seq`, behind a serialised screen if there is one. */
  begin(seq: number, snapshot?: Buffer): void {
    this.#sent = seq
    this.#acked = seq
    this.#window.reset()
    for (let at = 0; snapshot && at < snapshot.length; at += FRAME_BYTES) {
      this.#send(snapshot.subarray(at, at + FRAME_BYTES))
    }
  }

  /** False where the page acknowledges what it cannot have, or takes back what it said. */
  ack(seq: number): boolean {
    if (seq < this.#lastAck || seq > this.#sent) return false
    this.#lastAck = seq
    // Before a serialised screen came in between, the page may still speak of what it had before.
    if (seq > this.#acked) {
      this.#window.acked(seq, seq - this.#acked, this.#options.now())
      this.#acked = seq
    }
    return true
  }

  /**
   * Sends what the window and the socket allow. `missed`: the ring went on without this page, and the page is ready
   * for a serialised screen. A page that still has much to paint is not given one on top of it.
   */
  pump(ring: ByteRing): 'sent' | 'missed' {
    this.#stopped = true
    while (this.#sent < ring.end) {
      if (this.#socket.bufferedAmount >= this.#options.maxBuffered) return 'sent'
      if (!ring.has(this.#sent)) return this.#isIdle() ? 'missed' : 'sent'
      const before = this.#sent - this.#acked
      const room = this.#window.size - before
      if (room <= 0) return 'sent'
      const bytes = ring.read(this.#sent, Math.min(room, FRAME_BYTES))
      if (!bytes) return 'sent'
      const whole = this.#sent + bytes.length === ring.end ? bytes.length : bytes.length - incompleteUtf8(bytes)
      if (whole === 0) return 'sent'
      this.#sent += whole
      this.#window.sent(this.#sent, before, this.#options.now())
      this.#send(bytes.subarray(0, whole))
    }
    this.#stopped = false
    return 'sent'
  }

  #isIdle(): boolean {
    return this.#sent - this.#acked < SSH_ACK_BYTES && this.#socket.bufferedAmount === 0
  }

  #send(bytes: Buffer): void {
    // An error ends the socket, which says so itself.
    this.#socket.send(bytes, () => this.#options.drained())
  }
}
