/** A program in a pseudo-terminal: bytes out, bytes in, both with back-pressure. */
import { readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
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
  readonly _socket: ReadStream
  setEncoding(encoding: string): void
  on(event: 'close', listener: () => void): void
}

function hasMasterSide(pty: IPty): pty is IPty & MasterSide {
  const isThere = 'fd' in pty && typeof pty.fd === 'number' && 'setEncoding' in pty && 'on' in pty
  return isThere && '_socket' in pty && pty._socket instanceof ReadStream
}

const FULL_RETRY_MS = 5
const LONGEST_RETRY_MS = 100
/** How long a terminal whose program has ended may be silent before its output is over, though a job still holds it. */
const SILENCE_MS = 250

export class Pty {
  readonly #pty: IPty & MasterSide
  readonly input: Writable
  readonly #listeners: ((bytes: Buffer) => void)[] = []
  #closed = false
  #paused = false
  #readAt = 0

  /** Throws when there is no terminal or no program to be had. */
  constructor({ file, args, cwd, env, columns, rows }: PtyOptions) {
    // 'utf8' makes the kernel's line editor erase whole characters (IUTF8); the bytes are then taken one to one.
    const pty = spawn(file, [...args], { cwd, env: { ...env }, cols: columns, rows, encoding: 'utf8' })
    if (!hasMasterSide(pty)) throw new Error('this version of node-pty hides its terminal')
    pty.setEncoding('latin1')
    pty.on('close', () => {
      this.#closed = true
    })
    pty.onData((text) => this.#tell(Buffer.from(text, 'latin1')))
    this.#pty = pty
    this.#keepLastOutput(pty._socket)
    this.input = new Writable({
      highWaterMark: 64 * 1024,
      write: (bytes: Buffer, _encoding, done) => this.#push(bytes, FULL_RETRY_MS, done),
    })
  }

  get pid(): number {
    return this.#pty.pid
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#listeners.push(listener)
  }

  onExit(listener: (end: PtyEnd) => void): void {
    this.#pty.onExit(({ exitCode, signal }) => {
      const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0]
      listener(signal && name !== undefined ? { signal: name } : { status: exitCode })
    })
  }

  pause(): void {
    if (this.#closed) return
    this.#paused = true
    this.#pty.pause()
  }

  resume(): void {
    if (this.#closed) return
    this.#paused = false
    this.#pty.resume()
  }

  resize(columns: number, rows: number): void {
    if (!this.#closed) this.#pty.resize(columns, rows)
  }

  #tell(bytes: Buffer): void {
    this.#readAt = performance.now()
    for (const listener of this.#listeners) listener(bytes)
  }

  /**
   * The last output of a program is lost in two ways. libuv takes a hang-up with a read that did not fill its buffer for
   * the end (src/unix/stream.c, `UV_HANDLE_READ_PARTIAL`), while a terminal gives 4 kB at a time: what is left is read
   * here. And node-pty destroys its side 200 ms after the program's end, read or not: here it is destroyed once a slow
   * reader took everything. (The end of the stream destroys it at once.)
   */
  #keepLastOutput(socket: ReadStream): void {
    socket.once('end', () => this.#readRest())
    const destroy = socket.destroy.bind(socket)
    const whenRead = (): void => {
      const isRead = !this.#paused && performance.now() - this.#readAt > SILENCE_MS
      if (isRead || this.#closed) destroy()
      else setTimeout(whenRead, SILENCE_MS)
    }
    socket.destroy = (error) => {
      if (error !== undefined || socket.readableEnded) return destroy(error)
      whenRead()
      return socket
    }
  }

  #readRest(): void {
    const piece = Buffer.alloc(64 * 1024)
    try {
      for (let count = -1; count !== 0; ) {
        count = readSync(this.#pty.fd, piece)
        if (count > 0) this.#tell(Buffer.from(piece.subarray(0, count)))
      }
    } catch {
      // EIO: nothing is left, and no program holds the other side.
    }
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
