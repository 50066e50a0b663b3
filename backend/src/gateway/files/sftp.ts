/** SFTP (version 3, as OpenSSH speaks it) as promises; every failure is a `LabError` of ours. */
import type { Client, SFTPWrapper, Stats } from 'ssh2'
import { LabError, type ProblemCode } from '../../../../src/wire/problems.js'

/** Status codes of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02 section 7). */
const CODES: Readonly<Record<number, ProblemCode>> = {
  2: 'file/unknown',
  3: 'file/forbidden',
  5: 'file/forbidden',
  6: 'link/lost',
  7: 'link/lost',
}
/** Less room than this on the file system (bytes) is why a write failed: SFTP does not tell. */
const NO_ROOM = 1024 * 1024

type Done<T> = (error: Error | null | undefined, value: T) => void

export class Sftp {
  readonly #sftp: SFTPWrapper
  #ended = false

  private constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp
    sftp.on('close', () => {
      this.#ended = true
    })
    sftp.on('error', () => undefined)
  }

  static open(client: Client): Promise<Sftp> {
    return new Promise((resolve, reject) => {
      const refused = () => reject(new LabError('link/file-failed', { message: 'sftp: not there' }))
      try {
        client.sftp((error, sftp) => (error ? refused() : resolve(new Sftp(sftp))))
      } catch {
        reject(new LabError('link/lost'))
      }
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  realpath(path: string): Promise<string> {
    return this.#ask((done) => this.#sftp.realpath(path, done))
  }

  /** Undefined where there is no such file. Follows links. */
  async stat(path: string): Promise<Stats | undefined> {
    return await this.#ask<Stats>((done) => this.#sftp.stat(path, done)).catch((error: unknown) => {
      if (error instanceof LabError && error.code === 'file/unknown') return undefined
      throw error
    })
  }

  /** `r`, `wx` (must not be there) or `r+`. `mode`: of a file that is made. */
  open(path: string, flags: 'r' | 'wx' | 'r+', mode = 0o600): Promise<Buffer> {
    return this.#ask((done) => this.#sftp.open(path, flags, mode, done))
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#ask((done) => this.#sftp.fstat(handle, done))
  }

  async fchmod(handle: Buffer, mode: number): Promise<void> {
    await this.#ask<void>((done) => this.#sftp.fchmod(handle, mode, (error) => done(error)))
  }

  /** Up to `length` bytes at `position`; none at the end of the file. */
  read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    return this.#ask<Buffer>((done) =>
      this.#sftp.read(handle, bytes, 0, length, position, (error, count) => {
        if (isEnd(error)) done(undefined, bytes.subarray(0, 0))
        else done(error, bytes.subarray(0, count))
      }),
    )
  }

  async write(handle: Buffer, position: number, bytes: Buffer): Promise<void> {
    await this.#ask<void>((done) => this.#sftp.write(handle, bytes, 0, bytes.length, position, (error) => done(error)))
  }

  async close(handle: Buffer): Promise<void> {
    await this.#ask<void>((done) => this.#sftp.close(handle, (error) => done(error)))
  }

  async unlink(path: string): Promise<void> {
    await this.#ask<void>((done) => this.#sftp.unlink(path, (error) => done(error)))
  }

  /** Refused where `to` is there, unless it may be replaced: then in one step, where the server has one for it. */
  async rename(from: string, to: string, replace: boolean): Promise<void> {
    if (replace) {
      if (await this.#replace(from, to)) return
      await this.unlink(to)
    }
    await this.#ask<void>((done) => this.#sftp.rename(from, to, (error) => done(error)))
  }

  /** False where the server does not know `posix-rename@openssh.com`: ssh2 throws then. */
  #replace(from: string, to: string): Promise<boolean> {
    return this.#ask<boolean>((done) => {
      try {
        this.#sftp.ext_openssh_rename(from, to, (error) => done(error, true))
      } catch {
        done(undefined, false)
      }
    })
  }

  /** Whether the file system of `path` is full, as far as the host tells. */
  async isFull(path: string): Promise<boolean> {
    const found = await this.#ask<unknown>((done) => this.#sftp.ext_openssh_statvfs(path, done)).catch(() => undefined)
    const member = (name: string) =>
      typeof found === 'object' && found !== null ? Number(Reflect.get(found, name)) : Number.NaN
    return member('f_bavail') * member('f_frsize') < NO_ROOM
  }

  #ask<T>(ask: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new LabError('link/lost'))
      // ssh2 answers nothing more once the channel has closed.
      if (this.#ended) return ended()
      this.#sftp.once('close', ended)
      const done: Done<T> = (error, value) => {
        this.#sftp.removeListener('close', ended)
        if (error) reject(problemOf(error))
        else resolve(value)
      }
      try {
        ask(done)
      } catch {
        this.#sftp.removeListener('close', ended)
        ended()
      }
    })
  }
}

function codeOf(error: unknown): number {
  return typeof error === 'object' && error !== null ? Number(Reflect.get(error, 'code')) : Number.NaN
}

function isEnd(error: unknown): boolean {
  return codeOf(error) === 1
}

function problemOf(error: Error): LabError {
  const code = codeOf(error)
  return new LabError(CODES[code] ?? 'link/file-failed', { message: `sftp: status ${code}` })
}
