/** A program in a pseudo-terminal: bytes out, bytes in, both with back-pressure. */
import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import { Writable } from 'node:stream'
import { type IPty, spawn } from '@lydell/node-pty'

export interface PtyOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns: number
  readonly rows: number
}

export type PtyEnd = { readonly status: number } | { readonly signal: string }

/** What node-pty's Unix terminal has beyond its declared type. */
interface MasterSide {
  readonly fd: number
  setEncoding(encoding: string): void
  on(event: 'close', listener: () => void): void
}

function hasMasterSide(pty: IPty): pty is IPty & MasterSide {
  return 'fd' in pty && typeof pty.fd === 'number' && 'setEncoding' in pty && 'on' in pty
}

const FULL_RETRY_MS = 5
const LONGEST_RETRY_MS = 100

export class Pty {
  readonly #pty: IPty & MasterSide
  readonly input: Writable
  #closed = false

  /** Throws when there is no terminal or no program to be had. */
  constructor({ file, args, cwd, env, columns, rows }: PtyOptions) {
    // 'utf8' makes the kernel's line editor erase whole characters (IUTF8); the bytes are then taken one to one.
    const pty = spawn(file, [...args], { cwd, env: { ...env }, cols: columns, rows, encoding: 'utf8' })
    if (!hasMasterSide(pty)) throw new Error('this version of node-pty hides its terminal')
    pty.setEncoding('latin1')
    pty.on('close', () => {
      this.#closed = true
    })
    this.#pty = pty
    this.input = new Writable({
      highWaterMark: 64 * 1024,
      write: (bytes: Buffer, _encoding, done) => this.#push(bytes, FULL_RETRY_MS, done),
    })
  }

  get pid(): number {
    return this.#pty.pid
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#pty.onData((text) => listener(Buffer.from(text, 'latin1')))
  }

  onExit(listener: (end: PtyEnd) => void): void {
    this.#pty.onExit(({ exitCode, signal }) => {
      const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0]
      listener(signal && name !== undefined ? { signal: name } : { status: exitCode })
    })
  }

  pause(): void {
    if (!this.#closed) this.#pty.pause()
  }

  resume(): void {
    if (!this.#closed) this.#pty.resume()
  }

  resize(columns: number, rows: number): void {
    if (!this.#closed) this.#pty.resize(columns, rows)
  }

  /**
   * Own writing, because node-pty's spins at full load while a program reads nothing (libuv writes to a terminal's
   * master side blocking, in a loop). The descriptor does not block, so a full terminal says so at once.
   */
  #push(bytes: Buffer, retryMs: number, done: () => void): void {
    const written = this.#write(bytes)
    if (written === bytes.length) {
      done()
      return
    }
    const next = written > 0 ? FULL_RETRY_MS : Math.min(retryMs * 2, LONGEST_RETRY_MS)
    setTimeout(() => this.#push(bytes.subarray(written), next, done), retryMs)
  }

  /** How many bytes the terminal took: none when it is full, and all when the program is gone. */
  #write(bytes: Buffer): number {
    if (this.#closed) return bytes.length
    try {
      return writeSync(this.#pty.fd, bytes)
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 0 : bytes.length
    }
  }
}

/** Why this machine gives no pseudo-terminals (pty(7)), in words for its operator; undefined when it does. */
export function ptyProblem(tryOne: () => unknown = openAndClose): string | undefined {
  try {
    tryOne()
    return undefined
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return `no pseudo-terminals here (${words}): a chroot or container needs devpts mounted at /dev/pts`
  }
}

function openAndClose(): void {
  new Pty({ file: '/bin/sh', args: ['-c', ':'], cwd: '/', env: {}, columns: 80, rows: 24 }).resume()
}
