/** One user of a connection that guacd holds: a socket to guacd, from `ready` to the end. */
import type { Socket } from 'node:net'
import { LabError } from '../../../../src/wire/problems.js'
import type { Timers } from '../timers.js'
import { Cutter, type Watch, watchTable } from './cutter.js'
import { decode, encode, type Instruction } from './instruction.js'
import { type Joined, type JoinOptions, joinGuacd } from './join.js'
import type { GuacdAddress } from './ports.js'

const NOP = encode('nop')
/** All that `UserHandlers.wants` may ever answer yes to. */
const WATCHED = watchTable('error disconnect required sync file body blob ack end filesystem undefine'.split(' '))

export interface UserHandlers {
  /** Whole instructions, as guacd sent them. */
  output(pieces: readonly Buffer[]): void
  wants(bytes: Buffer, at: number): boolean
  /** True takes the instruction out of the output. */
  take(instruction: Instruction): boolean
  /** guacd takes input again. */
  drained(): void
  /** Once; not after `leave`. `error` is what guacd said, or that the connection broke. */
  ended(error: LabError): void
}

export class GuacdUser implements Watch {
  /** By which others join the connection. */
  readonly connection: string
  readonly address: GuacdAddress
  readonly #socket: Socket
  readonly #cutter: Cutter
  readonly #timers: Timers
  #handlers: UserHandlers | undefined
  #early: Buffer[]
  #heardAt: number
  #paused = false

  private constructor({ socket, connection, early }: Joined, { address, timers }: JoinOptions) {
    this.#socket = socket
    this.connection = connection
    this.address = address
    this.#early = early
    this.#timers = timers
    this.#heardAt = timers.now()
    this.#cutter = new Cutter(this, WATCHED)
  }

  /** As `joinGuacd`; nothing is read until `start`. */
  static async join(options: JoinOptions): Promise<GuacdUser> {
    return new GuacdUser(await joinGuacd(options), options)
  }

  /** Bytes that guacd did not take yet. */
  get queued(): number {
    return this.#socket.writableLength
  }

  /** When guacd last said something (ms since the epoch); a user that is made to wait cannot tell. */
  get heardAt(): number {
    return this.#paused ? this.#timers.now() : this.#heardAt
  }

  wants(bytes: Buffer, at: number): boolean {
    return this.#handlers?.wants(bytes, at) ?? false
  }

  take(instruction: Buffer): boolean {
    return this.#handlers?.take(decode(instruction)) ?? false
  }

  /** Begins to read. */
  start(handlers: UserHandlers): void {
    this.#handlers = handlers
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#heard(chunk))
    socket.on('drain', () => this.#handlers?.drained())
    socket.on('close', () => this.#end(new LabError('link/desktop-unavailable', { message: 'guacd: connection lost' })))
    const early = this.#early
    this.#early = []
    for (const chunk of early) this.#heard(chunk)
    if (socket.destroyed) queueMicrotask(() => this.#end(new LabError('link/desktop-unavailable')))
    else socket.resume()
  }

  write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text)
  }

  nop(): void {
    this.write(NOP)
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#heardAt = this.#timers.now()
    this.#socket.resume()
  }

  /** Leaves the connection, which ends when nobody is left; without a word guacd would keep a ghost for 15 seconds. */
  leave(): void {
    this.#handlers = undefined
    const socket = this.#socket
    socket.removeAllListeners('data')
    socket.on('data', () => undefined)
    socket.resume()
    if (socket.writable) socket.end(encode('disconnect'))
    const cancel = this.#timers.after(2_000, () => socket.destroy())
    socket.once('close', cancel)
  }

  #heard(chunk: Buffer): void {
    if (!this.#handlers) return
    this.#heardAt = this.#timers.now()
    try {
      const pieces = this.#cutter.push(chunk)
      if (pieces.length > 0) this.#handlers?.output(pieces)
    } catch (cause) {
      this.#end(new LabError('link/protocol', { message: 'guacd broke the protocol', cause }))
    }
  }

  #end(error: LabError): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#socket.destroy()
    handlers?.ended(error)
  }
}
