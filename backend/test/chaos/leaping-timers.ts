/** Real time that can leap ahead: whatever would have been due meanwhile is done at once, in its order. */
import { systemTimers, type Timers } from '../../src/gateway/timers.js'

interface Due {
  at: number
  readonly every: number | undefined
  readonly run: () => void
  cancel: () => void
}

export class LeapingTimers implements Timers {
  readonly #due = new Set<Due>()
  #ahead = 0

  now(): number {
    return Date.now() + this.#ahead
  }

  after(ms: number, run: () => void): () => void {
    return this.#wait({ at: this.now() + ms, every: undefined, run, cancel: () => undefined })
  }

  every(ms: number, run: () => void): () => void {
    return this.#wait({ at: this.now() + ms, every: ms, run, cancel: () => undefined })
  }

  /** What repeats is done once, as by a machine that slept. */
  leap(ms: number): void {
    this.#ahead += ms
    const missed = [...this.#due].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at)
    for (const due of missed) if (this.#due.has(due)) this.#fire(due)
  }

  #wait(due: Due): () => void {
    this.#due.add(due)
    due.cancel = systemTimers.after(due.at - this.now(), () => this.#fire(due))
    return () => {
      due.cancel()
      this.#due.delete(due)
    }
  }

  #fire(due: Due): void {
    due.cancel()
    this.#due.delete(due)
    if (due.every !== undefined) {
      due.at = this.now() + due.every
      this.#wait(due)
    }
    due.run()
  }
}
