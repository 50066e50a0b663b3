/** Rings when a lab wants to be looked at, so that jobs are on time though workers seldom poll. */
import type { LabId } from '../labs/lab.js'

/** The longest a timer of Node takes (ms); what is further away is found by polling. */
const LONGEST_MS = 2 ** 31 - 1
/** Timers may fire a little early; the job would not be due yet. */
const LATE_MS = 2

export class Alarm {
  readonly #timers = new Map<LabId, NodeJS.Timeout>()
  readonly #now: () => Date
  #ring: () => void = () => undefined

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Who hears it: the workers of this replica. */
  onRing(listener: () => void): void {
    this.#ring = listener
  }

  /** One time a lab; a later call replaces an earlier one. */
  set(id: LabId, at: Date): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
    const delay = at.getTime() - this.#now().getTime()
    // What is due already is announced by the database.
    if (delay <= 0 || delay > LONGEST_MS) return
    const timer = setTimeout(() => {
      this.#timers.delete(id)
      this.#ring()
    }, delay + LATE_MS)
    timer.unref()
    this.#timers.set(id, timer)
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#ring = () => undefined
  }
}
