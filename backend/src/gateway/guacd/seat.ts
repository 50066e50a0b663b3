/**
 * A seat at a desk: one user of guacd's connection, with a page on it, or kept free so that the connection lives. The
 * page's bytes go through as they are.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { Timers } from '../timers.js'
import { Answers } from './answers.js'
import { type Block, giveBack } from './blocks.js'
import type { Browser } from './browser.js'
import { concerns, type Needs } from './concerns.js'
import { errorOf } from './errors.js'
import { encode, type Instruction } from './instruction.js'
import type { DeskLimits } from './limits.js'
import type { DeskTarget } from './ports.js'
import { Rest } from './rest.js'
import { BrowserRules } from './rules.js'
import { STATUS } from './status.js'
import type { GuacdUser, UserHandlers } from './user.js'

/** The part of the limit on output below which guacd may go on. */
const GO_ON = 0.125

/** No moment of guacd's clock: a client draws what it has, and owes no answer. */
const FRAME_ENDS = encode('sync', '0')

export interface SeatEvents {
  /** A whole picture came: the page sees the desk. */
  drew(seat: Seat): void
  /** Once: guacd has ended it. */
  ended(seat: Seat, error: LabError): void
  /** Something came for the page. */
  moved(pieces: readonly Buffer[]): void
  /** Others look on at the same desk: nobody may make guacd wait. */
  shared(): boolean
  /** About files, to the owner: of file systems always, of the rest while nobody sits there. */
  files(seat: Seat, instruction: Instruction): void
}

export class Seat implements UserHandlers, Needs {
  readonly user: GuacdUser
  /** Opened the connection: files and questions of guacd come to this user only. */
  readonly owner: boolean
  readonly #target: DeskTarget
  readonly #limits: DeskLimits
  readonly #timers: Timers
  readonly #events: SeatEvents
  /**
   * Of one that joined. guacd ends a frame when something changes, or once in a second: a page that comes back to a
   * desktop at rest has its picture, and nothing tells it to draw. So it is told.
   */
  readonly #rest: Rest | undefined
  #answers: Answers | undefined
  #browser: Browser | undefined
  #drew = false
  #typed = false

  constructor(
    user: GuacdUser,
    options: { owner: boolean; target: DeskTarget; limits: DeskLimits; timers: Timers; events: SeatEvents },
  ) {
    this.user = user
    this.owner = options.owner
    this.#target = options.target
    this.#limits = options.limits
    this.#timers = options.timers
    this.#events = options.events
    if (options.owner) return
    this.#rest = new Rest(options.timers, () => {
      if (!this.#drew) this.#browser?.say(FRAME_ENDS)
    })
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
    const { recording, policy } = this.#target
    if (recording) browser.say(encode('', 'recorded', '1'))
    // guacd shows where files are, and not which way they may go.
    if (policy.files !== 'none') browser.say(encode('', 'files', policy.files))
    this.user.start(this)
    browser.begin(new BrowserRules(policy, browser.claims.readOnly))
  }

  /** The page is gone and the seat is kept: what is drawn goes nowhere. */
  vacate(): void {
    this.#browser = undefined
    this.#rest?.stop()
    this.user.resume()
  }

  /** Passes on what the page said. */
  input(instruction: Instruction): void {
    this.#typed ||= instruction[0] === 'key'
    this.user.write(encode(...instruction))
    if (this.user.queued > this.#limits.queuedInput) this.#browser?.wait(true)
  }

  /** One instruction for the page, or for a transfer of it. */
  deliver(instruction: Instruction): void {
    const browser = this.#browser
    if (browser && !(browser.transferring && browser.transfers.take(instruction))) browser.say(encode(...instruction))
  }

  /** After the page took something, or somebody came or went: may guacd go on? */
  regulate(): void {
    const browser = this.#browser
    if (!browser) return
    const { bufferedOutput, bufferedShared } = this.#limits
    // Not at each message that went out: to stop and to start a socket costs as much as to read it.
    const { buffered } = browser
    const shared = this.#events.shared()
    if (buffered < bufferedOutput * GO_ON || (shared && buffered < bufferedShared)) this.user.resume()
    else if (buffered < bufferedOutput) return
    else if (!shared) this.user.pause()
    else browser.fail(new LabError('link/slow', { message: 'others look on, and this page does not keep up' }))
  }

  /**
   * A guacd that owes a sign of life is told to the page soon, and the seat is kept for a while: it may only have stopped,
   * and then the page comes back to the same desk.
   */
  check(now: number): void {
    this.user.check(this.#limits, this.#browser === undefined)
    if (now - this.user.heardAt >= this.#limits.guacdSilence) {
      this.user.leave()
      this.#events.ended(this, new LabError('link/desktop-unavailable', { message: 'guacd: silent' }))
    } else if (this.#isOwed) this.#timers.after(0, this.#giveUp)
  }

  get #isOwed(): boolean {
    return this.#drew && this.user.owed >= this.#limits.guacdAnswer
  }

  /** After what may have come while this process itself stood still. */
  readonly #giveUp = (): void => {
    const error = new LabError('link/desktop-unavailable', { message: 'guacd: owes a sign of life' })
    if (this.#isOwed) this.#browser?.fail(error)
  }

  drained(): void {
    this.#browser?.wait(false)
  }

  ended(error: LabError): void {
    this.#events.ended(this, error)
  }

  output(pieces: readonly Buffer[], block: Block): void {
    const browser = this.#browser
    if (!browser?.open) {
      giveBack(block)
      return
    }
    this.#events.moved(pieces)
    browser.send(pieces, block)
    if (!this.#drew) this.#rest?.moved()
    if (browser.buffered >= this.#limits.bufferedOutput) this.regulate()
  }

  wants(bytes: Buffer, at: number): boolean {
    return concerns(this, bytes, at)
  }

  get wantsFrames(): boolean {
    return !(this.#drew && this.#browser)
  }

  get givesFiles(): boolean {
    const { files, printing } = this.#target.policy
    return this.owner && (files !== 'none' || printing)
  }

  get hasFiles(): boolean {
    return this.#browser ? this.#browser.transferring : this.givesFiles
  }

  take(instruction: Instruction): boolean {
    const [opcode, ...args] = instruction
    switch (opcode) {
      case 'error':
        this.#end(this.#errorOf(instruction))
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
      case 'filesystem':
      case 'undefine':
        this.#events.files(this, instruction)
        return false
      default:
        if (this.#browser) return this.#browser.transferring && this.#browser.transfers.take(instruction)
        this.#events.files(this, instruction)
        return true
    }
  }

  #synced(time: string): void {
    if (!this.#browser) this.user.write(encode('sync', time))
    if (this.#drew) return
    this.#drew = true
    // After the picture is on its way.
    queueMicrotask(() => this.#events.drew(this))
  }

  #answer(names: readonly string[]): void {
    this.#answers ??= new Answers(this.#target.parameters)
    for (const name of names) {
      const said = this.#answers.to(name)
      if (!said) {
        this.#end(new LabError('link/login-refused', { message: `guacd asks for ${name.slice(0, 64)}` }))
        return
      }
      for (const instruction of said) this.user.write(instruction)
    }
  }

  /** guacd has no word for a host that is another one than before: it is "server error", before anything else. */
  #errorOf(instruction: Instruction): Error {
    const { pinned } = this.#target
    const early = this.owner && !this.#typed
    if (pinned && early && Number(instruction[2]) === STATUS.serverError) return new LabError('link/host-key-changed')
    return errorOf(instruction)
  }

  #end(error: Error): void {
    this.user.leave()
    this.#events.ended(this, error instanceof LabError ? error : new LabError('link/desktop-unavailable'))
  }
}
