/**
 * A seat at a desk: one user of guacd's connection, with a page on it, or kept free so that the connection lives. The
 * page's bytes go through as they are.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { Timers } from '../timers.js'
import { type Block, giveBack } from './blocks.js'
import type { Browser } from './browser.js'
import { errorOf } from './errors.js'
import { encode, type Instruction } from './instruction.js'
import type { DeskLimits } from './limits.js'
import type { DeskTarget } from './ports.js'
import { Rest } from './rest.js'
import { BrowserRules } from './rules.js'
import { STATUS } from './status.js'
import type { GuacdUser, UserHandlers } from './user.js'

/** Answers to `required` go by a stream that no browser opens at that time. */
const OWN_STREAM = '63'

/** Bytes of one blob: guacd's largest. */
const BLOB_BYTES = 6048

/** The part of the limit on output below which guacd may go on. */
const GO_ON = 0.125

/** No moment of guacd's clock: a client draws what it has, and owes no answer. */
const FRAME_ENDS = encode('sync', '0')

/** Letters and digits as bytes. */
const ONE = 0x31
const THREE = 0x33
const FOUR = 0x34
const FIVE = 0x35
const EIGHT = 0x38
const A = 0x61
const B = 0x62
const D = 0x64
const E = 0x65
const F = 0x66
const R = 0x72
const S = 0x73
const U = 0x75
const Y = 0x79

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

export class Seat implements UserHandlers {
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
  /** What guacd asked for and was told. */
  #answered: Set<string> | undefined
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

  /** By a letter or two, for it is asked of every instruction. */
  wants(bytes: Buffer, at: number): boolean {
    switch (bytes[at]) {
      case FIVE: // error
        return bytes[at + 2] === E
      case EIGHT: // required undefine
        return bytes[at + 2] === R || (bytes[at + 2] === U && this.#givesFiles)
      case ONE: // 10.disconnect 10.filesystem
        return bytes[at + 3] === D || (bytes[at + 3] === F && this.#givesFiles)
      case FOUR: // sync, and of files: file body blob
        if (bytes[at + 2] === S) return bytes[at + 3] === Y && !(this.#drew && this.#browser)
        return (bytes[at + 2] === B || bytes[at + 2] === F) && this.#hasFiles
      case THREE: // ack end
        return (bytes[at + 2] === A || bytes[at + 2] === E) && this.#hasFiles
      default:
        return false
    }
  }

  get #givesFiles(): boolean {
    const { files, printing } = this.#target.policy
    return this.owner && (files !== 'none' || printing)
  }

  /** Blobs and their like may be of a file that does not go through the tunnel. */
  get #hasFiles(): boolean {
    return this.#browser ? this.#browser.transferring : this.#givesFiles
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

  /** guacd asks for what it was not given. The configuration answers, or nobody: a page is never asked for a password. */
  #answer(names: readonly string[]): void {
    for (const name of names) {
      const value = this.#target.parameters[name]
      this.#answered ??= new Set()
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
