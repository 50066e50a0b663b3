import type { SshClientMessage } from '../../../src/wire/ssh.js'
import type { FakeSocket } from './fake-socket.js'

/**
 * The server's side of a stream, as `src/wire/ssh.ts` says: numbered bytes, a ring of the last ones, a snapshot for a
 * page that is too far behind. Sends in frames of random size, and forgets what was under way when a link is cut.
 */
export class StreamServer {
  readonly id: string
  readonly #output: Uint8Array
  readonly #ring: number
  readonly #random: (below: number) => number
  /** Bytes the shell has written so far; the rest comes later. */
  #written = 0
  snapshots = 0
  resumed = 0

  constructor(options: { id: string; output: Uint8Array; ring: number; random: (below: number) => number }) {
    this.id = options.id
    this.#output = options.output
    this.#ring = options.ring
    this.#random = options.random
  }

  get isDone(): boolean {
    return this.#written === this.#output.length
  }

  /** Serves one link and cuts it after about `bytes`. */
  serve(socket: FakeSocket, bytes: number): void {
    socket.open()
    const { have, cols, rows } = this.#attachOf(socket)
    this.#written = Math.min(this.#written + this.#random(2 * bytes), this.#output.length)
    const fits = have?.stream === this.id && have.seq >= this.#written - this.#ring && have.seq <= this.#written
    const attached = { type: 'attached', stream: this.id, readOnly: false, running: true, cols, rows } as const
    if (have && fits) {
      this.resumed++
      socket.message({ ...attached, seq: have.seq })
      this.#send(socket, this.#output.subarray(have.seq, this.#written))
      return
    }
    this.snapshots++
    const from = Math.max(0, this.#written - this.#ring)
    const screen = this.#output.subarray(0, from)
    socket.message({ ...attached, seq: from, snapshot: screen.length })
    // The snapshot and what follows it may share frames.
    this.#send(socket, this.#output.subarray(0, this.#written))
  }

  /** The frames of some bytes, the last of them lost as often as not. */
  #send(socket: FakeSocket, bytes: Uint8Array): void {
    const lost = this.#random(2) === 0 ? this.#random(bytes.length + 1) : 0
    const end = bytes.length - lost
    for (let start = 0; start < end; ) {
      const size = 1 + this.#random(this.#random(8) === 0 ? 20_000 : 300)
      socket.bytes(bytes.subarray(start, Math.min(start + size, end)))
      start += size
    }
  }

  #attachOf(socket: FakeSocket): Extract<SshClientMessage, { type: 'attach' }> {
    const message: SshClientMessage = JSON.parse(socket.sentText[0] ?? '')
    if (message.type !== 'attach') throw new Error('the first message is no attach')
    return message
  }
}
