/** One user of a connection that guacd holds: a socket to guacd, from `ready` to the end. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Timers } from '../timers.js'
import { type Block, blockOf, giveBack } from './blocks.js'
import { Cutter, type Watch, watchTable } from './cutter.js'
import { decode, encode, type Instruction } from './instruction.js'
import { type Joined, type JoinOptions, joinGuacd } from './join.js'
import type { DeskLimits } from './limits.js'
import type { Line, LineListener } from './line.js'
import type { GuacdAddress } from './ports.js'

/** No user has so many streams: every guacd says so at once, which is a sign of life. */
const NO_STREAM = '9999'
const ASK = encode('end', NO_STREAM)
const ANSWER = Buffer.from(encode('ack', NO_STREAM).replace(';', ','))
const NONE: Buffer[] = []
/** All that `UserHandlers.wants` may ever answer yes to. */
const WATCHED = watchTable('error disconnect required sync file body blob ack end filesystem undefine'.split(' '))

export type AskLimits = Pick<DeskLimits, 'checkEvery' | 'askEvery' | 'askHeld'>

export interface UserHandlers {
  /** Whole instructions, as guacd sent them. Whoever needs them no more may give their block back. */
  output(pieces: readonly Buffer[], block: Block): void
  wants(bytes: Buffer, at: number): boolean
  /** True takes the instruction out of the output. */
  take(instruction: Instruction): boolean
  /** guacd takes input again. */
  drained(): void
  /** Once; not after `leave`. `error` is what guacd said, or that the connection broke. */
  ended(error: LabError): void
}

export class GuacdUser implements Watch, LineListener {
  /** By which others join the connection. */
  readonly connection: string
  readonly address: GuacdAddress
  readonly #line: Line
  readonly #cutter: Cutter
  readonly #timers: Timers
  #handlers: UserHandlers | undefined
  #early: Buffer[]
  #heardAt: number
  /** It was asked for a sign of life that did not come yet. */
  #owes = false
  /** Since it was asked, milliseconds in checks: while this process itself stands still nobody is late. */
  #sinceAsked = 0
  #paused = false

  private constructor({ line, connection, early }: Joined, { address, timers }: JoinOptions) {
    this.#line = line
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
    return this.#line.socket.writableLength
  }

  /** When guacd last said something (ms since the epoch); a user that is made to wait cannot tell. */
  get heardAt(): number {
    return this.#paused ? this.#timers.now() : this.#heardAt
  }

  /** Milliseconds, in checks, for which guacd has owed a sign of life. A user that is made to wait cannot tell. */
  get owed(): number {
    return this.#paused || !this.#owes ? 0 : this.#sinceAsked
  }

  wants(bytes: Buffer, at: number): boolean {
    return isAnswer(bytes, at) || (this.#handlers?.wants(bytes, at) ?? false)
  }

  take(instruction: Buffer): boolean {
    return isAnswer(instruction, 0) || (this.#handlers?.take(decode(instruction)) ?? false)
  }

  /** Begins to read. */
  start(handlers: UserHandlers): void {
    this.#handlers = handlers
    this.#line.listen(this)
    const early = this.#early
    this.#early = NONE
    for (const bytes of early) this.heard(bytes)
    const { socket } = this.#line
    if (socket.destroyed) queueMicrotask(() => this.closed())
    else socket.resume()
  }

  heard(bytes: Buffer): void {
    if (!this.#handlers) return
    this.#heardAt = this.#timers.now()
    this.#owes = false
    const block = blockOf(bytes)
    try {
      const pieces = this.#cutter.push(block.bytes)
      if (pieces.length > 0) this.#handlers?.output(pieces, block)
      else giveBack(block)
    } catch (cause) {
      this.#end(new LabError('link/protocol', { message: 'guacd broke the protocol', cause }))
    }
  }

  drained(): void {
    this.#handlers?.drained()
  }

  closed(): void {
    this.#end(new LabError('link/desktop-unavailable', { message: 'guacd: connection lost' }))
  }

  write(text: string): void {
    if (this.#line.socket.writable) this.#line.socket.write(text)
  }

  /** To be called every `checkEvery`. Tells guacd every `ask` that the user is there, and asks whether guacd is. */
  check({ checkEvery, askEvery, askHeld }: AskLimits, held: boolean): void {
    this.#sinceAsked += checkEvery
    if (this.#owes ? this.#sinceAsked % askHeld >= checkEvery : this.#sinceAsked < (held ? askHeld : askEvery)) return
    this.write(ASK)
    if (this.#owes) return
    this.#owes = true
    this.#sinceAsked = 0
  }

  pause(): void {
    this.#paused = true
    this.#line.socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#owes = false
    this.#heardAt = this.#timers.now()
    this.#line.socket.resume()
  }

  /** Leaves the connection, which ends when nobody is left; without a word guacd would keep a ghost for 15 seconds. */
  leave(): void {
    this.#handlers = undefined
    const { socket } = this.#line
    if (socket.writable) socket.end(encode('disconnect'))
    const cancel = this.#timers.after(2_000, () => socket.destroy())
    this.#line.listen({ heard: () => undefined, closed: cancel })
    socket.resume()
  }

  #end(error: LabError): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#line.socket.destroy()
    handlers?.ended(error)
  }
}

function isAnswer(bytes: Buffer, at: number): boolean {
  // Asked of every instruction: all but an `ack` end here.
  if (bytes[at] !== ANSWER[0] || bytes[at + 2] !== ANSWER[2] || at + ANSWER.length > bytes.length) return false
  return bytes.compare(ANSWER, 0, ANSWER.length, at, at + ANSWER.length) === 0
}
