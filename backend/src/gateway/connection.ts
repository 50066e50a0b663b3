/** One SSH connection with one shell on it. */
import type { Client, ClientChannel } from 'ssh2'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { HostFiles } from './files/host-files.js'
import { Sftp } from './files/sftp.js'
import { SshWindow } from './ssh-window.js'
import type { Timers } from './timers.js'

/** Why there is nothing more to read. */
export type ConnectionEnd =
  /** The shell ended: its program, or the host closed it. */
  | { type: 'exited'; code?: number; signal?: string }
  /** The connection broke under it. */
  | { type: 'lost' }

export interface ConnectionHandlers {
  data(bytes: Buffer): void
  /** Once, after the last data. */
  ended(end: ConnectionEnd): void
}

/** Made in the callback of `Client.shell`, at once: nothing the host sends is missed before `start`. */
export class Connection {
  readonly #client: Client
  readonly #channel: ClientChannel
  readonly #timers: Timers
  readonly #window: SshWindow
  readonly files: HostFiles
  #exit: Extract<ConnectionEnd, { type: 'exited' }> | undefined
  #closed = false
  #end: ConnectionEnd | undefined
  #handlers: ConnectionHandlers | undefined
  #heardAt: number

  constructor(client: Client, channel: ClientChannel, timers: Timers) {
    this.#client = client
    this.#channel = channel
    this.#timers = timers
    this.#window = new SshWindow(client, channel)
    this.#heardAt = timers.now()
    this.files = new HostFiles(() => Sftp.open(client))
    client.on('error', () => client.destroy())
    client.on('close', () => this.#clientClosed())
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = { type: 'exited', ...(code === null ? {} : { code }), ...(signal === undefined ? {} : { signal }) }
    })
    channel.on('close', () => this.#finish(this.#exit ?? (this.#closed ? { type: 'lost' } : { type: 'exited' })))
    channel.on('error', () => this.end())
  }

  /** False once the TCP connection is known to be gone. */
  get alive(): boolean {
    return !this.#closed
  }

  /** When the host last showed that it is there (ms since the epoch). */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Input that the host did not take yet, in bytes. */
  get queued(): number {
    return this.#channel.writableLength
  }

  /** Begins to read. */
  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
    const heard = (bytes: Buffer): void => {
      this.#heardAt = this.#timers.now()
      handlers.data(bytes)
      this.#window.read(bytes.length)
    }
    this.#channel.on('data', heard)
    this.#channel.stderr.on('data', heard)
    if (this.#end) handlers.ended(this.#end)
  }

  write(bytes: Uint8Array | string): void {
    if (this.#channel.writable) this.#channel.write(bytes)
  }

  resize({ cols, rows }: TerminalSize): void {
    if (this.#channel.writable) this.#channel.setWindow(rows, cols, 0, 0)
  }

  pause(): void {
    if (this.#closed) return
    this.#window.paused()
    this.#channel.pause()
    this.#channel.stderr.pause()
  }

  resume(): void {
    this.#channel.resume()
    this.#channel.stderr.resume()
  }

  /**
   * True when the host answers within `ms`. Asks for something that every server must answer and none grants: to
   * cancel a port forwarding that was never asked for (RFC 4254 section 7.1).
   */
  probe(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(ms, () => resolve(false))
      const answered = (): void => {
        cancel()
        if (!this.#closed) this.#heardAt = this.#timers.now()
        resolve(!this.#closed)
      }
      try {
        this.#client.unforwardIn('127.0.0.1', 1, answered)
      } catch {
        cancel()
        resolve(false)
      }
    })
  }

  /** Ends it without a word to the handlers. */
  end(): void {
    this.#handlers = undefined
    this.#channel.removeAllListeners('data')
    this.#channel.stderr.removeAllListeners('data')
    this.#client.end()
    this.#client.destroy()
  }

  #clientClosed(): void {
    this.#closed = true
    // What came before the end is read to the end, whoever waits for whom.
    this.resume()
  }

  #finish(end: ConnectionEnd): void {
    if (this.#end) return
    this.#end = end
    this.#handlers?.ended(end)
  }
}
