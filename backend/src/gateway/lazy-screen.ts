/**
 * A screen that is drawn when somebody needs it. Parsing is what output costs most, and most of a flood scrolls away
 * unseen: plain output waits as bytes, and what has scrolled out of the scrollback is never parsed. Whatever could be a
 * question to the terminal is parsed at once, behind what came before it.
 */
import { Backlog } from '../../../src/wire/backlog.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { RestingScreen } from './resting-screen.js'
import type { Screen, ScreenOptions } from './screen.js'
import type { Cancel, Timers } from './timers.js'

/** Bytes that may wait: 5,000 lines of 600 bytes. */
const MAX_WAITING = 3 * 1024 * 1024
/** Bytes that may wait behind a possible question. */
const MAX_URGENT = 256 * 1024
/** Bytes parsed in a turn of the event loop: some two milliseconds. */
const TURN = 32 * 1024
/** New bytes after which it is looked again what has scrolled away. */
const SKIP_EVERY = 64 * 1024
/** Without new output for this long (ms) what waits is parsed. */
const QUIET_MS = 100
/** Needed by nobody for this long (ms), the screen is let go; twice as long each time that was too early. */
const REST_MS = 60_000
const MAX_REST_MS = 64 * REST_MS

export interface LazyScreenOptions extends ScreenOptions {
  readonly timers: Timers
}

export class LazyScreen {
  readonly #timers: Timers
  readonly #screen: RestingScreen
  readonly #backlog = new Backlog()
  #quiet: Cancel | undefined
  /** Output came since `#quiet` was set. */
  #busy = false
  /** Waiting bytes at which it is worth a look whether some have scrolled away. */
  #skipAt = SKIP_EVERY
  #turn: NodeJS.Immediate | undefined
  #resting: Cancel | undefined
  #patience = REST_MS
  /** The screen was needed since `#resting` was set. */
  #needed = false
  /** What was written last ended outside of any sequence. */
  #whole = true

  constructor(options: LazyScreenOptions) {
    this.#timers = options.timers
    this.#screen = new RestingScreen(options)
  }

  get size(): TerminalSize {
    return this.#screen.size
  }

  /** Kept as what draws it. */
  get resting(): boolean {
    return this.#screen.resting
  }

  /** Bytes that are not parsed yet. */
  get waiting(): number {
    return this.#backlog.size
  }

  /** `whole`: the bytes begin and end outside of any sequence; between characters they always do. */
  write(bytes: Buffer, whole: boolean): void {
    const backlog = this.#backlog
    this.#whole = whole
    backlog.push(bytes, whole)
    if (backlog.isPlain && backlog.size >= this.#skipAt) this.#skip()
    const excess = backlog.size - (backlog.isPlain ? MAX_WAITING : MAX_URGENT)
    // A flood is not let grow, and what waited before a question in one is worked off without a halt.
    if (excess > 0) this.#parse(Math.min(excess, 2 * bytes.length))
    this.#schedule()
  }

  resize(size: TerminalSize): void {
    this.#flush()
    this.#wake()
    this.#screen.resize(size)
  }

  /** See `Screen.snapshot`. */
  snapshot(): Buffer {
    this.#flush()
    return this.#wake().snapshot()
  }

  /** See `Screen.aftermath`. */
  aftermath(): Buffer {
    this.#flush()
    return this.#wake().aftermath()
  }

  /** Nothing is expected for long: parses what waits, and lets the screen go at once where that can be. */
  rest(): void {
    this.#flush()
    this.#stop()
    if (this.#whole) this.#screen.rest()
  }

  dispose(): void {
    this.#stop()
    this.#screen.dispose()
  }

  /** Nothing is done later. */
  #stop(): void {
    this.#quiet?.()
    this.#resting?.()
    this.#quiet = this.#resting = undefined
    clearImmediate(this.#turn)
    this.#turn = undefined
  }

  /** The screen, which somebody needs now. */
  #wake(): Screen {
    if (this.#screen.resting) this.#patience = Math.min(this.#patience * 2, MAX_REST_MS)
    this.#needed = true
    this.#restLater()
    return this.#screen.awake
  }

  #restLater(): void {
    this.#resting ??= this.#timers.after(this.#patience, () => {
      this.#resting = undefined
      if (this.#needed || this.#backlog.size > 0) this.#restLater()
      else if (this.#whole) this.#screen.rest()
      this.#needed = false
    })
  }

  /** Lets go what has scrolled away; now and then, since it costs a look at all that waits. */
  #skip(): void {
    // A screenful more: what stands below the cursor shows beside what is printed over it, until that scrolls out too.
    const screen = this.#wake()
    const kept = screen.linesHeld + screen.size.rows
    const instead = screen.scrollsWhole ? this.#backlog.skip(kept) : undefined
    if (instead !== undefined) screen.write(Buffer.from(instead))
    this.#skipAt = this.#backlog.size + SKIP_EVERY
  }

  #flush(): void {
    this.#parse(Number.POSITIVE_INFINITY)
  }

  /** At least so many bytes, as long as there are any. */
  #parse(least: number): void {
    this.#skipAt = SKIP_EVERY
    for (let parsed = 0; parsed < least; ) {
      const bytes = this.#backlog.take()
      if (!bytes) return
      this.#wake().write(bytes)
      parsed += bytes.length
    }
  }

  #schedule(): void {
    this.#busy = true
    if (this.#backlog.isPlain) this.#waitForQuiet()
    else this.#turn ??= setImmediate(() => this.#work())
  }

  #waitForQuiet(): void {
    this.#quiet ??= this.#timers.after(QUIET_MS, () => {
      this.#quiet = undefined
      if (this.#backlog.size === 0) return
      if (this.#busy) this.#waitForQuiet()
      else this.#turn ??= setImmediate(() => this.#work())
      this.#busy = false
    })
  }

  /** Goes on until nothing waits, or plain output came meanwhile. */
  #work(): void {
    this.#turn = undefined
    if (this.#backlog.isPlain && this.#busy) {
      this.#waitForQuiet()
      return
    }
    this.#busy = false
    this.#parse(TURN)
    if (this.#backlog.size > 0) this.#turn = setImmediate(() => this.#work())
  }
}
