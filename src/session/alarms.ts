/** Alarms by name, at most one each, on injected timers. */
import type { Timers } from './timers.js'

/** Longest time a browser's timer takes (a signed 32-bit number of milliseconds). */
const MAX_TIMER_MS = 2 ** 31 - 1

export class Alarms<Name extends string> {
  readonly #timers: Timers
  readonly #ring: (name: Name) => void
  readonly #set = new Map<Name, number>()

  constructor(timers: Timers, ring: (name: Name) => void) {
    this.#timers = timers
    this.#ring = ring
  }

  /** Rings at page time `at` (milliseconds), or not any more. */
  set(name: Name, at: number | undefined): void {
    const timer = this.#set.get(name)
    if (timer !== undefined) this.#timers.clearTimeout(timer)
    this.#set.delete(name)
    if (at !== undefined) this.#arm(name, at)
  }

  clear(): void {
    for (const name of [...this.#set.keys()]) this.set(name, undefined)
  }

  #arm(name: Name, at: number): void {
    const delay = Math.min(MAX_TIMER_MS, Math.max(0, at - this.#timers.now()))
    const timer = this.#timers.setTimeout(() => {
      this.#set.delete(name)
      // A timer may be early: it is cut at its longest, and its clock is not the page's.
      if (this.#timers.now() < at) this.#arm(name, at)
      else this.#ring(name)
    }, delay)
    this.#set.set(name, timer)
  }
}
