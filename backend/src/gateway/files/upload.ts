/** Writes one upload beside its file, several pieces at once, and puts it in its place when it is whole. */
import type { Readable } from 'node:stream'
import type { Stats } from 'ssh2'
import { LabError } from '../../../../src/wire/problems.js'
import { chunksOf } from '../rest-of-body.js'
import { invalid } from './request.js'
import type { Sftp } from './sftp.js'

/** The largest piece that every SFTP server takes. */
const PIECE = 32 * 1024
/** Pieces on their way at once. */
const AHEAD = 8
const PERMISSIONS = 0o7777

export interface UploadOptions {
  readonly sftp: Sftp
  readonly part: string
  readonly from: number
  readonly size: number
  /** Bytes went to the host. */
  readonly moved: () => void
  readonly body: Readable
}

export class Upload {
  readonly #options: UploadOptions
  readonly #pieces: Promise<void>[] = []
  readonly #ended: Promise<void>
  #end: () => void = () => undefined
  #stopped = false

  constructor(options: UploadOptions) {
    this.#options = options
    this.#ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Another request goes on with the upload, or it is given up: resolves when this one writes no more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#options.body.destroy()
    await this.#ended
  }

  /** Nothing is written any more. */
  end(): void {
    this.#end()
  }

  /** Takes all of the body. Resolves with the bytes that the part has then. */
  async run(): Promise<number> {
    const { sftp, from, size, body } = this.#options
    if (this.#stopped) throw new LabError('link/lost')
    const handle = await this.#open()
    let at = from
    try {
      const { size: there } = await sftp.fstat(handle)
      if (there !== from) throw new LabError('file/changed', { detail: `${there} bytes are there` })
      for await (const chunk of chunksOf(body)) {
        if (!Buffer.isBuffer(chunk)) throw new LabError('request/invalid')
        if (at + chunk.length > size) throw invalid('as many bytes as were told')
        for (let begin = 0; begin < chunk.length; begin += PIECE) {
          const piece = chunk.subarray(begin, begin + PIECE)
          await this.#send(handle, at, piece)
          at += piece.length
        }
      }
      await Promise.all(this.#pieces)
    } catch (error) {
      throw await this.#why(error)
    } finally {
      await Promise.allSettled(this.#pieces)
      await sftp.close(handle).catch(() => undefined)
    }
    if (this.#stopped) throw new LabError('link/lost')
    return at
  }

  /** The part is whole: it takes the file's place, and its permissions where there was one. */
  async finish(path: string, before: Stats | undefined): Promise<void> {
    const { sftp, part } = this.#options
    const handle = await sftp.open(part, 'r+')
    try {
      await sftp.fchmod(handle, before ? before.mode & PERMISSIONS : 0o644)
    } finally {
      await sftp.close(handle)
    }
    await sftp.rename(part, path, before !== undefined).catch(async (error: unknown) => {
      // Made by somebody else meanwhile.
      if (before === undefined && (await sftp.stat(path))) throw new LabError('file/exists')
      throw error
    })
  }

  /** Goes on with what is there, or begins. Nobody else may read it before it is whole. */
  async #open(): Promise<Buffer> {
    const { sftp, part, from } = this.#options
    if (from > 0 || (await sftp.stat(part))) return await sftp.open(part, 'r+')
    return await sftp.open(part, 'wx')
  }

  async #send(handle: Buffer, at: number, piece: Buffer): Promise<void> {
    const { sftp, moved } = this.#options
    if (this.#pieces.length >= AHEAD) await this.#pieces.shift()
    const sent = sftp.write(handle, at, piece).then(moved)
    // Told when it is its turn.
    sent.catch(() => undefined)
    this.#pieces.push(sent)
  }

  async #why(error: unknown): Promise<unknown> {
    const { sftp, part } = this.#options
    if (!(error instanceof LabError)) return new LabError('link/lost', { cause: error })
    if (error.code === 'link/file-failed' && (await sftp.isFull(part))) return new LabError('file/no-space')
    return error
  }
}
