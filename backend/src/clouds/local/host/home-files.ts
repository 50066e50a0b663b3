/**
 * The files of a lab's home by their paths, for SFTP: what lies outside is refused, whether a path says so or a link leads
 * there. It keeps a mistaken page in the home; it is no wall against the lab's own programs, who own the machine's files
 * as much as this process does.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, lstat, open, realpath, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'

/** Why a request was refused; everything else has the code of the system's call. */
export class OutsideError extends Error {
  constructor() {
    super('not in the home of the lab')
  }
}

export type Wish = 'read' | 'write' | 'read-write'

const ACCESS: Readonly<Record<Wish, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  'read-write': constants.O_RDWR,
}
/** A link that came meanwhile is not followed, and a pipe without an other end not waited for. */
const CAREFUL = constants.O_NOFOLLOW | constants.O_NONBLOCK

export class HomeFiles {
  readonly #written: string
  #real: Promise<string> | undefined

  constructor(home: string) {
    this.#written = home
  }

  /** Where a path leads, all links followed. Relative ones begin in the home. */
  async real(path: string): Promise<string> {
    return await this.#held(await realpath(await this.#lexical(path)))
  }

  async stat(path: string): Promise<Stats> {
    return await stat(await this.real(path))
  }

  async lstat(path: string): Promise<Stats> {
    return await lstat(await this.#place(path))
  }

  /** Regular files only. `mode`: of a file that is made, which must not be there before; absent: it must be there. */
  async open(path: string, wish: Wish, mode?: number): Promise<FileHandle> {
    const flags = ACCESS[wish] | CAREFUL
    const handle =
      mode === undefined
        ? await open(await this.real(path), flags)
        : await open(await this.#place(path), flags | constants.O_CREAT | constants.O_EXCL, mode)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    throw new OutsideError()
  }

  async remove(path: string): Promise<void> {
    await unlink(await this.#place(path))
  }

  /** Refused where `to` is there: at no time is one of the two missing. */
  async rename(from: string, to: string): Promise<void> {
    const [before, after] = await Promise.all([this.#place(from), this.#place(to)])
    await link(before, after)
    await unlink(before)
  }

  /** The folder's links followed, the name itself as it is: what is done to a link, or to what is not there yet. */
  async #place(path: string): Promise<string> {
    const lexical = await this.#lexical(path)
    return join(await this.#held(await realpath(dirname(lexical))), basename(lexical))
  }

  /** Below the home by its words already: nobody learns what there is elsewhere. */
  async #lexical(path: string): Promise<string> {
    const home = await this.#home()
    const absolute = resolve(home, path)
    const own = resolve(this.#written)
    // By the name that the shell has for its home, too.
    return await this.#held(isWithin(own, absolute) ? join(home, absolute.slice(own.length)) : absolute)
  }

  async #held(path: string): Promise<string> {
    if (!isWithin(await this.#home(), path)) throw new OutsideError()
    return path
  }

  #home(): Promise<string> {
    this.#real ??= realpath(this.#written)
    return this.#real
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
