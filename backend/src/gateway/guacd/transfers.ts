/**
 * Files of one page over HTTP, beside its tunnel. In the tunnel each 4 or 6 kB would wait for an acknowledgement from the
 * browser; here the gateway, which stands beside guacd, acknowledges, and HTTP streams. As Apache's server does it.
 */
import { Readable } from 'node:stream'
import { LabError } from '../../../../src/wire/problems.js'
import type { Instruction } from './instruction.js'
import { STATUS } from './status.js'

/** Bytes of one blob: guacd's largest. */
const BLOB_BYTES = 6048
/** Blobs on their way that guacd did not acknowledge yet. */
const WINDOW = 16
/**
 * Blobs that guacd may send before the first of them is acknowledged: it sends one for each acknowledgement that it has.
 * Those that are left at the end of a file come before anything else the page may ask for, and mean nothing then.
 */
const AHEAD = 8
/** Bytes of a download that wait for the browser. */
const BUFFER_BYTES = 256 * 1024

interface Upload {
  unacknowledged: number
  /** Wakes whoever waits for guacd. */
  wake: () => void
  error: LabError | undefined
}

export class Transfers {
  /** To guacd, by whichever of its users the stream belongs to. */
  readonly #send: (instruction: Instruction) => void
  readonly #downloads = new Map<string, Download>()
  readonly #uploads = new Map<string, Upload>()
  /** Streams to guacd that the page opened: whether guacd has taken them. */
  readonly #opened = new Map<string, boolean>()
  #ended = false

  constructor(send: (instruction: Instruction) => void) {
    this.#send = send
  }

  /** Something of guacd may be for us. */
  get busy(): boolean {
    return this.#opened.size > 0 || this.#downloads.size > 0
  }

  /** The page sends `file` or `put`: guacd will answer with a first acknowledgement. */
  opening(index: string): void {
    this.#opened.set(index, false)
  }

  /** The page itself ends the stream. */
  closing(index: string): void {
    this.#opened.delete(index)
  }

  /** A file that guacd offered with `file` or `body`: begins it. Throws where it was begun already. */
  download(index: string): Readable {
    if (this.#ended || this.#downloads.has(index)) throw new LabError('request/unknown-path')
    const download = new Download({
      acknowledge: (status) => this.#send(['ack', index, status === STATUS.success ? 'OK' : 'Cancelled', `${status}`]),
      closed: () => this.#downloads.delete(index),
    })
    this.#downloads.set(index, download)
    return download
  }

  /** Writes all of `source` into the stream that the page opened, and ends it. Resolves when guacd has all of it. */
  async upload(index: string, source: AsyncIterable<Buffer>): Promise<void> {
    if (this.#ended || !this.#opened.has(index) || this.#uploads.has(index)) throw new LabError('request/unknown-path')
    const upload: Upload = { unacknowledged: 0, wake: () => undefined, error: undefined }
    this.#uploads.set(index, upload)
    try {
      await this.#until(upload, () => this.#opened.get(index) === true)
      for await (const chunk of source) {
        for (let at = 0; at < chunk.length; at += BLOB_BYTES) {
          await this.#until(upload, () => upload.unacknowledged < WINDOW)
          upload.unacknowledged++
          this.#send(['blob', index, chunk.subarray(at, at + BLOB_BYTES).toString('base64')])
        }
      }
      await this.#until(upload, () => upload.unacknowledged === 0)
    } finally {
      this.#uploads.delete(index)
      this.#opened.delete(index)
      if (!this.#ended) this.#send(['end', index])
    }
  }

  /** What guacd says to the page; true where it was for a transfer and not for the page. */
  take([opcode, index = '', ...rest]: Instruction): boolean {
    switch (opcode) {
      case 'blob': {
        const download = this.#downloads.get(index)
        download?.feed(Buffer.from(rest[0] ?? '', 'base64'))
        return download !== undefined
      }
      case 'end':
        // The page hears of the end as well: it is how it knows that the file is whole.
        this.#downloads.get(index)?.finish()
        return false
      case 'ack':
        return this.#acknowledged(index, Number(rest[1]))
      default:
        return false
    }
  }

  /** The tunnel is gone. */
  end(): void {
    this.#ended = true
    const error = new LabError('link/lost')
    for (const download of [...this.#downloads.values()]) download.destroy(error)
    for (const upload of this.#uploads.values()) {
      upload.error = error
      upload.wake()
    }
    this.#opened.clear()
  }

  #acknowledged(index: string, status: number): boolean {
    const first = this.#opened.get(index) === false
    const upload = this.#uploads.get(index)
    if (first && status === STATUS.success) this.#opened.set(index, true)
    if (upload) {
      if (!first) upload.unacknowledged--
      if (status !== STATUS.success) upload.error = refusal(status)
      upload.wake()
    } else if (status !== STATUS.success) this.#opened.delete(index)
    return upload !== undefined && !first
  }

  async #until(upload: Upload, done: () => boolean): Promise<void> {
    while (!upload.error && !done()) {
      await new Promise<void>((resolve) => {
        upload.wake = resolve
      })
    }
    if (upload.error) throw upload.error
  }
}

/** guacd sends one blob for each acknowledgement: none is given while the browser has much to take yet. */
class Download extends Readable {
  readonly #events: { acknowledge(status: number): void; closed(): void }
  #owed = AHEAD
  #whole = false

  constructor(events: { acknowledge(status: number): void; closed(): void }) {
    super({ highWaterMark: BUFFER_BYTES })
    this.#events = events
  }

  feed(bytes: Buffer): void {
    this.#owed++
    if (this.push(bytes)) this.#acknowledge()
  }

  finish(): void {
    this.#whole = true
    this.push(null)
    this.#events.closed()
  }

  override _read(): void {
    this.#acknowledge()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#whole) {
      // The browser went before the end: guacd closes the file.
      this.#events.acknowledge(STATUS.clientTimeout)
      this.#events.closed()
    }
    done(error)
  }

  #acknowledge(): void {
    if (this.#whole || this.destroyed) return
    for (; this.#owed > 0; this.#owed--) this.#events.acknowledge(STATUS.success)
  }
}

function refusal(status: number): LabError {
  return new LabError(
    status === STATUS.forbidden || status === STATUS.unauthorized ? 'auth/forbidden' : 'link/file-failed',
    {
      message: `guacd: a file is not taken (${status})`,
    },
  )
}
