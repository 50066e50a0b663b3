/**
 * Output on its way to xterm. In a flood, text waits for the next frame, and what has scrolled out of the scrollback until
 * then is let go: that costs a fraction of parsing it, and of telling the browser at each piece that something changed.
 */
import type { Terminal } from '@xterm/xterm'
import { Backlog } from '../../wire/backlog.js'
import { concat } from '../../wire/bytes.js'
import { cutFrames } from './input.js'
import { isAtRest } from './internals.js'
import type { Frequency, Output } from './pace.js'

/** Output parsed at a stretch: a sequence of two bytes can clear everything, so this may take a while. */
const SLICE_BYTES = 4_096
/** New bytes after which it is worth a look whether some have scrolled away. */
const SKIP_EVERY = 64 * 1024
/** Bytes that may wait for a frame. */
const MAX_WAITING = 512 * 1024
/** The same, where the lines are so long that none are let go: a key that ends the flood has to wait for all of it. */
const MAX_KEPT = 96 * 1024
/** How often (ms) it is looked whether more has come: a flood that is over is shown. */
const LOOK_MS = 8
/** Longest line that is waited for. */
const MAX_TAIL = 16 * 1024
const LF = 0x0a
const NOTHING = new Uint8Array(0)

type Bytes = Uint8Array

export class Writer implements Output {
  readonly #terminal: Terminal
  readonly #backlog = new Backlog()
  /** What comes behind the backlog: the beginning of a line. */
  #tail: Bytes = NOTHING
  #given = 0
  #done = 0
  #inXterm = 0
  /** Who is told when everything before a byte is taken. */
  readonly #told: { readonly end: number; readonly taken: () => void }[] = []
  /** xterm is outside of any sequence, and nothing keeps a part of its screen from scrolling. */
  #atRest = true
  #frames: Frequency | undefined
  /** Waiting bytes at which it is looked whether some have scrolled away. */
  #skipAt = SKIP_EVERY
  #maxWaiting = MAX_WAITING
  #look: ReturnType<typeof setTimeout> | undefined

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  get given(): number {
    return this.#given
  }

  get isIdle(): boolean {
    return this.#done === this.#given
  }

  follow(frames: Frequency): void {
    this.#frames = frames
  }

  /** `bytes` begin and end between characters. `taken`: parsed, let go, or so that there is room for more. */
  write(bytes: Bytes, taken: () => void): void {
    this.#given += bytes.length
    this.#told.push({ end: this.#given, taken })
    this.#keep(bytes)
    this.#next()
  }

  /** Hands over everything: what is written to the terminal now comes behind it. */
  flush(): void {
    for (let bytes = this.#take(); bytes.length > 0; bytes = this.#take()) this.#feed(bytes)
    this.#skipAt = SKIP_EVERY
  }

  dispose(): void {
    clearTimeout(this.#look)
    this.#frames = undefined
  }

  /** Whole lines wait in pieces that can be let go. */
  #keep(bytes: Bytes): void {
    const all = this.#tail.length === 0 ? bytes : concat([this.#tail, bytes])
    const end = all.lastIndexOf(LF) + 1
    if (end > 0) this.#backlog.push(all.subarray(0, end), true)
    this.#tail = all.subarray(end)
    if (this.#tail.length <= MAX_TAIL) return
    this.#backlog.push(this.#tail, false)
    this.#tail = NOTHING
  }

  #next(isRest = false): void {
    if (this.#inXterm > 0) return
    this.#skip()
    const isFull = this.#backlog.size >= this.#maxWaiting
    if (isRest) this.#maxWaiting = MAX_WAITING
    else if (isFull) this.#maxWaiting = MAX_KEPT
    if (!isRest && !isFull && this.#backlog.isPlain && this.#frames?.isAhead) this.#wait()
    else this.flush()
    this.#tell()
  }

  /** Until there is a frame to come, too much waits, or nothing more has come. */
  #wait(): void {
    this.#tell(this.#given)
    const given = this.#given
    this.#look ??= setTimeout(() => {
      this.#look = undefined
      this.#next(this.#given === given)
    }, LOOK_MS)
  }

  #skip(): void {
    const { size } = this.#backlog
    if (size < this.#skipAt || !this.#backlog.isPlain || !this.#atRest) return
    const { options, rows } = this.#terminal
    // A screenful more: what stands below the cursor shows beside what is printed over it, until that scrolls out too.
    const instead = this.#backlog.skip((options.scrollback ?? 0) + 2 * rows)
    this.#skipAt = this.#backlog.size + SKIP_EVERY
    if (instead === undefined) return
    this.#done += size - this.#backlog.size
    this.#terminal.write(instead)
  }

  #take(): Bytes {
    const bytes = this.#backlog.take()
    if (bytes) return bytes
    const tail = this.#tail
    this.#tail = NOTHING
    return tail
  }

  /** xterm parses what it gets as a whole and looks up only then, so a hostile piece comes in slices. */
  #feed(bytes: Bytes): void {
    this.#inXterm++
    for (const slice of cutFrames(bytes, SLICE_BYTES)) this.#terminal.write(slice)
    this.#terminal.write('', () => {
      this.#inXterm--
      this.#done += bytes.length
      this.#atRest = isAtRest(this.#terminal)
      this.#tell()
      this.#next()
    })
  }

  #tell(seq = this.#done): void {
    while (this.#told[0] && this.#told[0].end <= seq) this.#told.shift()?.taken()
  }
}
