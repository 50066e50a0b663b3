/** The way onto a connection of guacd: from the socket to `ready`. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Cancel, Timers } from '../timers.js'
import { Cutter } from './cutter.js'
import { errorOf, GuacdError } from './errors.js'
import { answerArgs, type Greeting } from './handshake.js'
import { decode, encode, type Instruction } from './instruction.js'
import { isAlive, Line, type LineListener } from './line.js'
import type { GuacdAddress } from './ports.js'

/** The part of the time for a first word after which guacd is asked in another way whether it lives. */
const SHARE = 0.4

export interface JoinOptions extends Greeting {
  readonly address: GuacdAddress
  /** A protocol for a new connection, or the id of one to join. */
  readonly select: string
  /** Milliseconds until a sign of life, and until `ready`. */
  readonly limits: { readonly firstWord: number; readonly handshake: number }
  readonly timers: Timers
}

export interface Joined {
  /** Its socket is paused, and whoever takes it must listen. */
  readonly line: Line
  /** By which others join the connection. */
  readonly connection: string
  /** What came behind `ready`. */
  readonly early: Buffer[]
}

/**
 * Resolves when guacd says `ready`. Rejects with `GuacdError`, or `LabError` where the parameters do not do, or guacd
 * says what is wrong. No error holds an address or a parameter.
 */
export function joinGuacd(options: JoinOptions): Promise<Joined> {
  return new Promise((resolve, reject) => new Joining(options, resolve, reject))
}

class Joining implements LineListener {
  readonly #options: JoinOptions
  readonly #resolve: (joined: Joined) => void
  readonly #reject: (error: Error) => void
  readonly #line: Line
  readonly #cutter = new Cutter({
    wants: () => this.#connection === undefined && this.#stage !== 'done',
    take: (bytes) => {
      this.#greeted(decode(bytes))
      return true
    },
  })
  readonly #early: Buffer[] = []
  #stage: 'args' | 'ready' | 'done' = 'args'
  #answered = false
  #connection: string | undefined
  #cancel: Cancel

  constructor(options: JoinOptions, resolve: (joined: Joined) => void, reject: (error: Error) => void) {
    const { address, limits, timers } = options
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#cancel = timers.after(limits.firstWord * SHARE, () => this.#askAgain())
    this.#line = new Line(address, this)
    this.#line.socket.setNoDelay(true)
  }

  opened(): void {
    this.#line.socket.write(encode('select', this.#options.select))
  }

  closed(broken?: string): void {
    const heard = this.#answered || this.#options.select.startsWith('$')
    this.#fail(new GuacdError(heard && broken === undefined ? 'refused' : 'unreachable', broken))
  }

  readonly #unreachable = (): void => this.#fail(new GuacdError('unreachable'))

  /** No word yet: does it live? Then it loads a protocol, and has its time for it. */
  #askAgain(): void {
    const { address, limits, timers } = this.#options
    const enough = timers.after(limits.firstWord * (1 - SHARE), this.#unreachable)
    this.#cancel = enough
    isAlive(address).then((alive) => {
      if (!alive || this.#answered || this.#stage === 'done') return
      enough()
      this.#cancel = timers.after(limits.handshake - limits.firstWord, this.#unreachable)
    }, this.#unreachable)
  }

  #greeted(instruction: Instruction): void {
    const [opcode, first = ''] = instruction
    const { limits, timers, select } = this.#options
    this.#answered = true
    this.#cancel()
    this.#cancel = timers.after(limits.handshake, this.#unreachable)
    if (opcode === 'error') this.#fail(errorOf(instruction, select))
    else if (opcode === 'args' && this.#stage === 'args') {
      this.#stage = 'ready'
      this.#line.socket.write(answerArgs(instruction, this.#options))
    } else if (opcode === 'ready' && this.#stage === 'ready' && first !== '') {
      this.#stage = 'done'
      this.#cancel()
      this.#connection = first
    }
  }

  heard(bytes: Buffer): void {
    try {
      this.#early.push(...this.#cutter.push(Buffer.from(bytes)))
    } catch (error) {
      this.#fail(error instanceof LabError ? error : new GuacdError('refused'))
    }
    const connection = this.#connection
    if (connection === undefined) return
    this.#line.socket.pause()
    const { carried } = this.#cutter
    const early = carried.length > 0 ? [...this.#early, carried] : this.#early
    this.#resolve({ line: this.#line, connection, early })
  }

  #fail(error: Error): void {
    if (this.#stage === 'done') return
    this.#stage = 'done'
    this.#cancel()
    this.#line.socket.destroy()
    this.#reject(error)
  }
}
