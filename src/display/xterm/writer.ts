/**
 * Output on its way to xterm, one piece at a time. What waits meanwhile and will have scrolled out of the scrollback
 * before anybody can see it is let go: a flood is painted as fast as it comes, and a key in it is answered at once.
 */
import type { Terminal } from '@xterm/xterm'
import { Backlog } from '../../wire/backlog.js'
import { concat } from '../../wire/bytes.js'
import { cutFrames } from './input.js'
import { isAtRest } from './internals.js'
import type { Output } from './pace.js'

/** Output parsed at a stretch: a sequence of two bytes can clear everything, so this may take a while. */
const SLICE_BYTES = 4_096
/** Bytes that wait at which it is worth a look whether some have scrolled away. */
const SKIP_FROM = 64 * 1024
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
  /** Who is told when everything before a byte is parsed, or was let go. */
  #told: { readonly end: number; readonly parsed: () => void }[] = []
  /** xterm is outside of any sequence, and nothing keeps a part of its screen from scrolling. */
  #atRest = true

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  get given(): number {
    return this.#given
  }

  get isIdle(): boolean {
    return this.#done === this.#given
  }

  /** `bytes` begin and end between characters. */
  write(bytes: Bytes, parsed: () => void): void {
    this.#given += bytes.length
    this.#told.push({ end: this.#given, parsed })
    this.#keep(bytes)
    this.#next()
  }

  /** Hands over everything: what is written to the terminal now comes behind it. */
  flush(): void {
    for (let bytes = this.#take(); bytes.length > 0; bytes = this.#take()) this.#feed(bytes)
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

  #next(): void {
    if (this.#inXterm > 0) return
    this.#skip()
    const bytes = this.#take()
    if (bytes.length > 0) this.#feed(bytes)
    else this.#tell()
  }

  #skip(): void {
    const { size } = this.#backlog
    if (size < SKIP_FROM || !this.#backlog.isPlain || !this.#atRest) return
    const { options, rows } = this.#terminal
    // A screenful more: what stands below the cursor shows beside what is printed over it, until that scrolls out too.
    const instead = this.#backlog.skip((options.scrollback ?? 0) + 2 * rows)
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

  #tell(): void {
    while (this.#told[0] && this.#told[0].end <= this.#done) this.#told.shift()?.parsed()
  }
}
