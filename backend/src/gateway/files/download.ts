/** Reads a file of the host: several pieces asked for at once, handed on in order, no faster than the reader takes them. */
import { Readable } from 'node:stream'
import { LabError } from '../../../../src/wire/problems.js'
import type { Sftp } from './sftp.js'

/** The largest piece that every SFTP server takes. */
const PIECE = 32 * 1024
/** Pieces asked for at once: a quarter of a megabyte a round trip. */
const AHEAD = 8

export interface Opened {
  readonly sftp: Sftp
  readonly handle: Buffer
  readonly from: number
  readonly size: number
  /** Bytes went to the reader. */
  readonly moved: () => void
}

export class Download extends Readable {
  readonly #opened: Opened
  readonly #pieces: Promise<Buffer>[] = []
  #asked: number
  #reading = false

  constructor(opened: Opened) {
    super({ highWaterMark: AHEAD * PIECE })
    this.#opened = opened
    this.#asked = opened.from
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#pull().then(
      () => {
        this.#reading = false
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new LabError('link/file-failed')),
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { sftp, handle } = this.#opened
    // Not before what was asked for has come: some servers mind.
    void Promise.allSettled(this.#pieces)
      .then(() => sftp.close(handle))
      .catch(() => undefined)
    done(error)
  }

  async #pull(): Promise<void> {
    for (;;) {
      this.#ask()
      const piece = this.#pieces.shift()
      if (!piece) {
        this.push(null)
        return
      }
      const bytes = await piece
      if (this.destroyed) return
      this.#opened.moved()
      if (!this.push(bytes)) return
    }
  }

  #ask(): void {
    const { sftp, handle, size } = this.#opened
    while (this.#pieces.length < AHEAD && this.#asked < size) {
      const length = Math.min(PIECE, size - this.#asked)
      const piece = this.#whole(sftp, handle, this.#asked, length)
      // Told when it is its turn.
      piece.catch(() => undefined)
      this.#pieces.push(piece)
      this.#asked += length
    }
  }

  /** A server may give less than it was asked for. A file that ends early has changed under the reader. */
  async #whole(sftp: Sftp, handle: Buffer, position: number, length: number): Promise<Buffer> {
    const first = await sftp.read(handle, position, length)
    if (first.length === length) return first
    const parts = [first]
    for (let got = first.length; got < length; ) {
      const part = await sftp.read(handle, position + got, length - got)
      if (part.length === 0) throw new LabError('file/changed')
      parts.push(part)
      got += part.length
    }
    return Buffer.concat(parts)
  }
}
