/** The files of a lab host, over the SSH connection of its terminal, with the rights of the terminal's user. */
import type { Readable } from 'node:stream'
import type { Stats } from 'ssh2'
import { LabError } from '../../../../src/wire/problems.js'
import type { FileStatus } from '../../../../src/wire/schema.js'
import { Download } from './download.js'
import {
  type DownloadRequest,
  type FileAnswer,
  type FileRequest,
  hostPath,
  partPath,
  type UploadRequest,
} from './request.js'
import type { Sftp } from './sftp.js'
import { Upload } from './upload.js'

export class HostFiles {
  readonly #open: () => Promise<Sftp>
  #sftp: Promise<Sftp> | undefined
  /** By the path of the part: a page that comes back takes over from its own request before. */
  readonly #uploads = new Map<string, Upload>()

  /** `open`: another SFTP channel of the connection. */
  constructor(open: () => Promise<Sftp>) {
    this.#open = open
  }

  /** Throws `LabError`. `body`: the bytes of an upload. `moved`: called as bytes go. */
  async do(request: FileRequest, body: Readable, moved: () => void): Promise<FileAnswer> {
    const path = hostPath(request.path)
    const sftp = await this.#channel()
    if (request.op === 'download') return await download(sftp, path, request, moved)
    const part = partPath(path, request.upload)
    const whole = (received: number, done: boolean) => this.#status(sftp, path, received, done)
    switch (request.op) {
      case 'status':
        // The request before is lost, and may still write what came of it: nobody could tell how far it is.
        await this.#uploads.get(part)?.stop()
        return whole((await sftp.stat(part))?.size ?? 0, false)
      case 'cancel':
        await this.#uploads.get(part)?.stop()
        if (await sftp.stat(part)) await sftp.unlink(part)
        return whole(0, false)
      case 'upload': {
        const received = await this.#upload(sftp, path, part, request, body, moved)
        return whole(received, received === request.size)
      }
      default:
        return request satisfies never
    }
  }

  async #channel(): Promise<Sftp> {
    const sftp = await this.#sftp?.catch(() => undefined)
    if (sftp && !sftp.ended) return sftp
    this.#sftp = this.#open()
    return await this.#sftp
  }

  /** Resolves with the bytes that are there afterwards. */
  async #upload(
    sftp: Sftp,
    path: string,
    part: string,
    request: UploadRequest,
    body: Readable,
    moved: () => void,
  ): Promise<number> {
    const before = this.#uploads.get(part)
    const upload = new Upload({ sftp, part, from: request.from, size: request.size, moved, body })
    // At once: whoever asks from now on stops this one, too.
    this.#uploads.set(part, upload)
    try {
      await before?.stop()
      const there = await sftp.stat(path)
      if (there && !there.isFile()) throw new LabError('file/forbidden')
      if (there && !request.overwrite) throw new LabError('file/exists')
      const received = await upload.run()
      if (received === request.size) await upload.finish(path, there)
      return received
    } finally {
      upload.end()
      if (this.#uploads.get(part) === upload) this.#uploads.delete(part)
    }
  }

  async #status(sftp: Sftp, path: string, received: number, done: boolean): Promise<{ status: FileStatus }> {
    const at = path.lastIndexOf('/') + 1
    const folder = await sftp.realpath(path.slice(0, at) || '.')
    return { status: { path: `${folder === '/' ? '' : folder}/${path.slice(at)}`, received, done } }
  }
}

async function download(sftp: Sftp, path: string, request: DownloadRequest, moved: () => void): Promise<FileAnswer> {
  const found = await sftp.stat(path)
  if (!found) throw new LabError('file/unknown')
  // Opening a pipe or a device would wait, or never end.
  if (!found.isFile()) throw new LabError('file/forbidden')
  const handle = await sftp.open(path, 'r')
  try {
    const stats = await sftp.fstat(handle)
    const { size } = stats
    const etag = etagOf(stats)
    if (size > request.largest) throw new LabError('file/too-large')
    if ((request.etag !== undefined && request.etag !== etag) || request.from > size) throw new LabError('file/changed')
    const bytes = new Download({ sftp, handle, from: request.from, size, moved })
    return { file: { size, etag, from: request.from }, bytes }
  } catch (error) {
    await sftp.close(handle).catch(() => undefined)
    throw error
  }
}

/** SFTP 3 tells the time of the last change in seconds. */
function etagOf({ size, mtime }: Stats): string {
  return `"${size.toString(36)}-${mtime.toString(36)}"`
}
