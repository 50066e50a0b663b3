/** Which part of the server's byte stream the screen shows. Counts, and knows neither socket nor terminal. */
import type { SshServerMessage, TerminalSize } from '../../wire/ssh.js'
import { MAX_SNAPSHOT_BYTES } from './messages.js'

/** Bytes handed to the terminal and not taken yet: a server that keeps its window never comes near. */
const MAX_PENDING_BYTES = MAX_SNAPSHOT_BYTES + 8 * 1024 * 1024

/** A terminal that does everything in the order it is asked. */
export interface StreamSink {
  write(bytes: Uint8Array<ArrayBuffer>, taken: () => void): void
  /** Empties the screen and gives it the size of the serialised one that follows. */
  beginSnapshot(size: TerminalSize): void
  endSnapshot(): void
  /** Keeps what is shown above an empty screen of this size, and forgets what its programs had set. */
  beginAfresh(size: TerminalSize): void
  /** All output before `seq` is parsed, or so that there is room for more. */
  taken(seq: number): void
}

type Attached = Extract<SshServerMessage, { type: 'attached' }>

/** Outlives the links: what the screen shows stays when a link is cut, and the next link goes on from there. */
export class ScreenStream {
  readonly #sink: StreamSink
  #stream: string | undefined
  #received = 0
  #taken = 0
  #pending = 0
  #snapshotLeft = 0
  #epoch = 0

  constructor(sink: StreamSink) {
    this.#sink = sink
  }

  /** What to tell the server; absent while the screen shows no stream as a whole. */
  get have(): { stream: string; seq: number } | undefined {
    if (this.#stream === undefined || this.#snapshotLeft > 0) return undefined
    return { stream: this.#stream, seq: this.#received }
  }

  /** False where the answer does not go on from what the screen shows; the next link then asks for all of it. */
  attach(message: Attached): boolean {
    const { stream, seq, snapshot } = message
    if (snapshot === undefined && this.have?.stream === stream && this.#received === seq) return true
    if (snapshot === undefined && seq !== 0) {
      this.#stream = undefined
      return false
    }
    this.#stream = stream
    this.#received = seq
    this.#taken = seq
    this.#snapshotLeft = snapshot ?? 0
    this.#epoch++
    if (message.lost && snapshot === undefined) {
      this.#sink.beginAfresh(message)
      return true
    }
    this.#sink.beginSnapshot(message)
    if (this.#snapshotLeft === 0) this.#sink.endSnapshot()
    return true
  }

  /** False where the server sent much more than it may. */
  output(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#pending + bytes.length > MAX_PENDING_BYTES) {
      this.#stream = undefined
      return false
    }
    const restored = Math.min(this.#snapshotLeft, bytes.length)
    if (restored > 0) this.#restore(bytes.subarray(0, restored))
    if (restored < bytes.length) this.#show(bytes.subarray(restored))
    return true
  }

  #restore(bytes: Uint8Array<ArrayBuffer>): void {
    this.#snapshotLeft -= bytes.length
    this.#write(bytes)
    if (this.#snapshotLeft === 0) this.#sink.endSnapshot()
  }

  #show(bytes: Uint8Array<ArrayBuffer>): void {
    const epoch = this.#epoch
    this.#received += bytes.length
    this.#write(bytes, () => {
      if (epoch !== this.#epoch) return
      this.#taken += bytes.length
      this.#sink.taken(this.#taken)
    })
  }

  #write(bytes: Uint8Array<ArrayBuffer>, taken?: () => void): void {
    this.#pending += bytes.length
    this.#sink.write(bytes, () => {
      this.#pending -= bytes.length
      taken?.()
    })
  }
}
