/**
 * When output goes on to the pages: at once, but in a flood a few milliseconds' worth together. A host sends packets of
 * 4 kB, and what a browser does for each message of a socket takes it longer than to parse what is in it.
 */

/** How long (ms) output of a flood is gathered. */
const GATHER_MS = 4
/** Bytes that go on at once: a frame's worth. */
const ENOUGH = 32 * 1024
/** More bytes than this at a time are no answer to a key, but may be the beginning of a flood. */
const ANSWER = 2 * 1024

export class Gathering {
  readonly #flush: () => void
  readonly #now: () => number
  #bytes = 0
  #soon: NodeJS.Immediate | undefined
  #later: NodeJS.Timeout | undefined
  /** When output went on last, and how much. */
  #last = { at: Number.NEGATIVE_INFINITY, bytes: 0 }

  /** `now`: milliseconds; only differences count. */
  constructor(flush: () => void, now: () => number) {
    this.#flush = flush
    this.#now = now
  }

  /** So many more bytes wait. */
  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < ENOUGH && this.#isFlood()) this.#later ??= setTimeout(() => this.#go(), GATHER_MS)
    else this.#soon ??= setImmediate(() => this.#go())
  }

  stop(): void {
    clearImmediate(this.#soon)
    clearTimeout(this.#later)
    this.#soon = this.#later = undefined
  }

  #isFlood(): boolean {
    return this.#last.bytes > ANSWER && this.#now() - this.#last.at < 2 * GATHER_MS
  }

  #go(): void {
    this.stop()
    this.#last = { at: this.#now(), bytes: this.#bytes }
    this.#bytes = 0
    this.#flush()
  }
}
