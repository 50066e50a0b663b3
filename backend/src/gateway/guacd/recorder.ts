/**
 * The user of a connection that only writes down what is drawn. One of its own, so that pages come and go and the
 * recording goes on; guacd begins by telling it the whole picture.
 */
import type { Timers } from '../timers.js'
import { encode, type Instruction } from './instruction.js'
import type { RecordingFile } from './recordings.js'
import type { AskLimits, GuacdUser, UserHandlers } from './user.js'

/** Letters and digits as bytes. */
const FOUR = 0x34
const Y = 0x79

export class Recorder implements UserHandlers {
  /** It is on its way to guacd, or was. */
  begun = false
  readonly #file: RecordingFile
  readonly #timers: Timers
  readonly #limits: AskLimits
  #user: GuacdUser | undefined
  #ended = false
  /** guacd's clock, and ours when it was told. */
  #time = { theirs: 0, ours: 0 }

  constructor(file: RecordingFile, timers: Timers, limits: AskLimits) {
    this.#file = file
    this.#timers = timers
    this.#limits = limits
  }

  start(user: GuacdUser): void {
    this.#user = user
    if (this.#ended) user.leave()
    else user.start(this)
  }

  /** What a page says to the desk: where the pointer is, and what is typed if that is asked for. */
  input([opcode, ...args]: Instruction): void {
    if (opcode !== 'mouse' && !(opcode === 'key' && this.#file.keys)) return
    if (this.#time.theirs === 0) return
    const now = this.#time.theirs + this.#timers.now() - this.#time.ours
    this.#file.write([encode(opcode, ...args, String(now))])
  }

  check(): void {
    if (this.#file.open) this.#user?.check(this.#limits, true)
    else this.stop()
  }

  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#user?.leave()
    this.#file.end()
  }

  output(pieces: readonly Buffer[]): void {
    this.#file.write(pieces)
  }

  wants(bytes: Buffer, at: number): boolean {
    // Of what begins with these, `sync` alone.
    return bytes[at] === FOUR && bytes[at + 3] === Y
  }

  take([opcode, time = '']: Instruction): boolean {
    if (opcode !== 'sync') return false
    this.#user?.write(encode('sync', time))
    this.#time = { theirs: Number(time), ours: this.#timers.now() }
    return false
  }

  drained(): void {
    // Nothing waits for it.
  }

  ended(): void {
    this.stop()
  }
}
