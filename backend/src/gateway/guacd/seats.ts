/** The seats of one desk on this replica: who sits where, and whether the desk has begun. */
import type { Timers } from '../timers.js'
import type { Browser } from './browser.js'
import type { Seat } from './seat.js'

export class Seats implements Iterable<Seat> {
  readonly #seats = new Set<Seat>()
  readonly #timers: Timers
  /** Whom to tell that the desk has begun, or has ended. */
  readonly #waiting = new Set<() => void>()
  #drawn = false

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** A copy: who goes meanwhile does no harm. */
  [Symbol.iterator](): Iterator<Seat> {
    return [...this.#seats][Symbol.iterator]()
  }

  get size(): number {
    return this.#seats.size
  }

  get occupied(): Seat[] {
    return [...this.#seats].filter(({ browser }) => browser)
  }

  /** The seat to which guacd brings files, while nobody sits there. */
  get freeOwner(): Seat | undefined {
    return [...this.#seats].find((seat) => seat.owner && !seat.browser)
  }

  get first(): Seat | undefined {
    const [seat] = this.#seats
    return seat
  }

  has(seat: Seat): boolean {
    return this.#seats.has(seat)
  }

  of(browser: Browser): Seat | undefined {
    return [...this.#seats].find((seat) => seat.browser === browser)
  }

  add(seat: Seat): void {
    this.#seats.add(seat)
  }

  /** Whether it was there. */
  remove(seat: Seat): boolean {
    const was = this.#seats.delete(seat)
    if (this.#seats.size === 0) {
      this.#drawn = false
      this.#wake()
    }
    return was
  }

  /** A picture came to one of them. */
  drew(): void {
    this.#drawn = true
    this.#wake()
  }

  /**
   * Resolves when the connection has drawn its first picture, or there is none, or after `ms`: guacd 1.3 loses one that is
   * joined in the moment in which it begins, by all who are on it.
   */
  begun(ms: number): Promise<void> {
    if (this.#drawn || this.#seats.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const cancel = this.#timers.after(ms, done)
      this.#waiting.add(done)
    })
  }

  #wake(): void {
    for (const told of [...this.#waiting]) told()
  }
}
