/**
 * SFTP of a lab's host (version 3, draft-ietf-secsh-filexfer-02), as far as files go up and down: what else a client may
 * ask is answered "unsupported" by ssh2 itself.
 */
import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2'
import { HomeFiles, OutsideError, type Wish } from './home-files.js'
import { windowOf } from './window.js'

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp

/** Files open, and requests unanswered, at a time; a client that wants more is refused. */
const MAX_OPEN = 32
const MAX_WAITING = 64
/** Bytes that one answer carries, as every client asks for. */
const MAX_READ = 32 * 1024
const PERMISSIONS = 0o777
const WINDOW_PAUSE_MS = 10

type Answer = (sftp: SFTPWrapper, request: number) => void

const MISSING: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR'])
const FORBIDDEN: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ELOOP', 'EISDIR', 'ENXIO'])

export function serveSftp(sftp: SFTPWrapper, home: string): void {
  const server = new SftpServer(sftp, new HomeFiles(home))
  sftp.on('error', () => undefined)
  for (const end of ['end', 'close']) sftp.on(end, () => server.dispose())
}

class SftpServer {
  readonly #sftp: SFTPWrapper
  readonly #files: HomeFiles
  readonly #handles = new Map<string, FileHandle>()
  #last = 0
  #waiting = 0
  #ended = false

  constructor(sftp: SFTPWrapper, files: HomeFiles) {
    this.#sftp = sftp
    this.#files = files
    this.#serve()
  }

  dispose(): void {
    if (this.#ended) return
    this.#ended = true
    // ssh2 answers the end of other channels itself, but of no SFTP.
    this.#sftp.end()
    for (const handle of this.#handles.values()) handle.close().catch(() => undefined)
    this.#handles.clear()
  }

  #serve(): void {
    const sftp = this.#sftp
    const files = this.#files
    sftp.on('REALPATH', (id, path) => this.#do(id, async () => named(await files.real(path))))
    sftp.on('STAT', (id, path) => this.#do(id, async () => attributed(await files.stat(path))))
    sftp.on('LSTAT', (id, path) => this.#do(id, async () => attributed(await files.lstat(path))))
    sftp.on('REMOVE', (id, path) => this.#do(id, () => done(files.remove(path))))
    sftp.on('RENAME', (id, from, to) => this.#do(id, () => done(files.rename(from, to))))
    sftp.on('OPEN', (id, path, flags, attributes) => this.#do(id, () => this.#open(path, flags, attributes)))
    sftp.on('CLOSE', (id, handle) => this.#do(id, () => done(this.#close(handle))))
    sftp.on('FSTAT', (id, handle) => this.#do(id, async () => attributed(await this.#file(handle).stat())))
    sftp.on('FSETSTAT', (id, handle, { mode }) => this.#do(id, () => done(this.#permit(handle, mode))))
    sftp.on('READ', (id, handle, at, length) => this.#do(id, () => this.#read(handle, at, length)))
    sftp.on('WRITE', (id, handle, at, bytes) => this.#do(id, () => done(this.#write(handle, at, bytes))))
  }

  /** One request, and its one answer. */
  #do(request: number, run: () => Promise<Answer>): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#sftp.status(request, STATUS_CODE.FAILURE)
      return
    }
    this.#waiting++
    const answered = async (): Promise<void> => {
      const answer = await run().catch((error: unknown) => status(codeOf(error)))
      // A client that reads nothing gets nothing more into this memory.
      while (!this.#ended && windowOf(this.#sftp) < MAX_READ) await delay(WINDOW_PAUSE_MS)
      if (!this.#ended) answer(this.#sftp, request)
    }
    answered()
      .catch(() => this.#sftp.end())
      .finally(() => {
        this.#waiting--
      })
  }

  async #open(path: string, flags: number, { mode = 0o600 }: Attributes): Promise<Answer> {
    if (this.#handles.size >= MAX_OPEN) return status(STATUS_CODE.FAILURE)
    const isNew = (flags & OPEN_MODE.CREAT) !== 0 && (flags & OPEN_MODE.EXCL) !== 0
    // To make a file or else take what is there, to cut it, or to append is nothing that the gateway asks for.
    if (!isNew && (flags & ~(OPEN_MODE.READ | OPEN_MODE.WRITE)) !== 0) return status(STATUS_CODE.OP_UNSUPPORTED)
    const file = await this.#files.open(path, wishOf(flags), isNew ? mode & PERMISSIONS : undefined)
    const name = String(++this.#last)
    if (this.#ended) await file.close()
    else this.#handles.set(name, file)
    return (sftp, request) => sftp.handle(request, Buffer.from(name))
  }

  async #close(handle: Buffer): Promise<void> {
    const file = this.#file(handle)
    this.#handles.delete(handle.toString('latin1'))
    await file.close()
  }

  async #permit(handle: Buffer, mode: number | undefined): Promise<void> {
    if (mode !== undefined) await this.#file(handle).chmod(mode & PERMISSIONS)
  }

  async #read(handle: Buffer, at: number, wanted: number): Promise<Answer> {
    const file = this.#file(handle)
    const bytes = Buffer.allocUnsafe(Math.min(wanted, MAX_READ))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, position(at))
    if (bytesRead === 0 && bytes.length > 0) return status(STATUS_CODE.EOF)
    return (sftp, request) => sftp.data(request, bytes.subarray(0, bytesRead))
  }

  async #write(handle: Buffer, at: number, bytes: Buffer): Promise<void> {
    const file = this.#file(handle)
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position(at + done))
      done += bytesWritten
    }
  }

  #file(handle: Buffer): FileHandle {
    const file = this.#handles.get(handle.toString('latin1'))
    if (!file) throw new Error('no such handle')
    return file
  }
}

function wishOf(flags: number): Wish {
  if ((flags & OPEN_MODE.WRITE) === 0) return 'read'
  return (flags & OPEN_MODE.READ) === 0 ? 'write' : 'read-write'
}

/** ssh2 tells a larger one than a number can hold as another type. */
function position(at: unknown): number {
  if (typeof at !== 'number' || !Number.isSafeInteger(at)) throw new Error('no position in a file')
  return at
}

function codeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (MISSING.has(code)) return STATUS_CODE.NO_SUCH_FILE
  return error instanceof OutsideError || FORBIDDEN.has(code) ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE
}

async function done(work: Promise<void>): Promise<Answer> {
  await work
  return status(STATUS_CODE.OK)
}

function status(code: number): Answer {
  return (sftp, request) => sftp.status(request, code)
}

function named(path: string): Answer {
  const attrs = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 }
  return (sftp, request) => sftp.name(request, [{ filename: path, longname: path, attrs }])
}

function attributed({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Answer {
  const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000))
  return (sftp, request) =>
    sftp.attrs(request, { mode, uid, gid, size, atime: seconds(atimeMs), mtime: seconds(mtimeMs) })
}
