/**
 * A seat at a desk: one user of guacd's connection, with a page on it, or kept free so that the connection lives. The
 * page's bytes go through as they are.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { Browser } from './browser.js'
import { encode, type Instruction } from './instruction.js'
import type { DeskLimits } from './limits.js'
import type { DeskTarget } from './ports.js'
import { BrowserRules } from './rules.js'
import { errorOf, type GuacdUser } from './user.js'

/** Answers to `required` go by a stream that no browser opens at that time. */
const OWN_STREAM = '63'

/** Bytes of one blob: guacd's largest. */
const BLOB_BYTES = 6048

const letter = (text: string): number => text.charCodeAt(0)
const [ONE, FOUR, FIVE, EIGHT] = [letter('1'), letter('4'), letter('5'), letter('8')]
const [D, E, R, S, Y] = [letter('d'), letter('e'), letter('r'), letter('s'), letter('y')]

export interface SeatEvents {
  /** A whole picture came: the page sees the desk. */
  drew(seat: Seat): void
  /** Once: guacd has ended it. */
  ended(seat: Seat, error: LabError): void
  /** Others look on at the same desk: nobody may make guacd wait. */
  shared(): boolean
}

export class Seat {
  readonly user: GuacdUser
  /** Opened the connection: files and questions of guacd come to this user only. */
  readonly owner: boolean
  readonly #target: DeskTarget
  readonly #limits: DeskLimits
  readonly #events: SeatEvents
  readonly #answered = new Set<string>()
  #browser: Browser | undefined
  #drew = false

  constructor(
    user: GuacdUser,
    options: { owner: boolean; target: DeskTarget; limits: DeskLimits; events: SeatEvents },
  ) {
    this.user = user
    this.owner = options.owner
    this.#target = options.target
    this.#limits = options.limits
    this.#events = options.events
  }

  get browser(): Browser | undefined {
    return this.#browser
  }

  /** A whole picture came to this seat. */
  get drew(): boolean {
    return this.#drew
  }

  /** Gives the seat to a page; once. */
  give(browser: Browser): void {
    this.#browser = browser
    this.user.start({
      output: (pieces) => this.#output(pieces),
      wants: (bytes, at) => this.#wants(bytes, at),
      take: (instruction) => this.#saw(instruction),
      drained: () => this.#browser?.wait(false),
      ended: (error) => this.#events.ended(this, error),
    })
    browser.begin(new BrowserRules(this.#target.policy, browser.claims.readOnly))
  }

  /** The page is gone and the seat is kept: what is drawn goes nowhere. */
  vacate(): void {
    this.#browser = undefined
    this.user.resume()
  }

  leave(): void {
    this.#browser = undefined
    this.user.leave()
  }

  /** Passes on what the page said. */
  input(instruction: Instruction): void {
    this.user.write(encode(...instruction))
    if (this.user.queued > this.#limits.queuedInput) this.#browser?.wait(true)
  }

  /** After the page took something, or somebody came or went: may guacd go on? */
  regulate(): void {
    const browser = this.#browser
    if (!browser) return
    const { bufferedOutput, bufferedShared } = this.#limits
    if (browser.buffered < bufferedOutput) this.user.resume()
    else if (!this.#events.shared()) this.user.pause()
    else if (browser.buffered < bufferedShared) this.user.resume()
    else browser.fail(new LabError('link/slow', { message: 'others look on, and this page does not keep up' }))
  }

  check(now: number): void {
    this.user.nop()
    if (now - this.user.heardAt < this.#limits.guacdSilence) return
    this.user.leave()
    this.#events.ended(this, new LabError('link/desktop-unavailable', { message: 'guacd: silent' }))
  }

  #output(pieces: readonly Buffer[]): void {
    const browser = this.#browser
    if (!browser) return
    browser.send(pieces)
    if (browser.buffered >= this.#limits.bufferedOutput) this.regulate()
  }

  /** By a letter or two, for it is asked of every instruction. */
  #wants(bytes: Buffer, at: number): boolean {
    switch (bytes[at]) {
      case FIVE: // error
        return bytes[at + 2] === E
      case EIGHT: // required
        return bytes[at + 2] === R
      case ONE: // 10.disconnect
        return bytes[at + 3] === D
      case FOUR: // sync
        return bytes[at + 2] === S && bytes[at + 3] === Y && !(this.#drew && this.#browser)
      default:
        return false
    }
  }

  #saw(instruction: Instruction): boolean {
    const [opcode, ...args] = instruction
    switch (opcode) {
      case 'error':
        this.#end(errorOf(instruction))
        return true
      case 'disconnect':
        this.#end(new LabError('link/session-ended'))
        return true
      case 'required':
        this.#answer(args)
        return true
      case 'sync':
        this.#synced(args[0] ?? '')
        return false
      default:
        return false
    }
  }

  #synced(time: string): void {
    if (!this.#browser) this.user.write(encode('sync', time))
    if (this.#drew) return
    this.#drew = true
    // After the picture is on its way.
    queueMicrotask(() => this.#events.drew(this))
  }

  /** guacd asks for what it was not given. The configuration answers, or nobody: a page is never asked for a password. */
  #answer(names: readonly string[]): void {
    for (const name of names) {
      const value = this.#target.parameters[name]
      if (value === undefined || this.#answered.has(name)) {
        this.#end(new LabError('link/login-refused', { message: `guacd asks for ${name.slice(0, 64)}` }))
        return
      }
      this.#answered.add(name)
      this.user.write(encode('argv', OWN_STREAM, 'text/plain', name))
      const bytes = Buffer.from(value)
      for (let at = 0; at < bytes.length; at += BLOB_BYTES) {
        this.user.write(encode('blob', OWN_STREAM, bytes.subarray(at, at + BLOB_BYTES).toString('base64')))
      }
      this.user.write(encode('end', OWN_STREAM))
    }
  }

  #end(error: Error): void {
    this.user.leave()
    this.#events.ended(this, error instanceof LabError ? error : new LabError('link/desktop-unavailable'))
  }
}
