import type { Timers } from '../../../src/session/timers.js'

/** A clock that stands still until it is told to go on. */
export class ManualTimers {
  #now: number
  #next = 1
  readonly #pending = new Map<number, { at: number; callback: () => void }>()

  constructor(now = Date.parse('2026-05-01T10:00:00Z')) {
    this.#now = now
  }

  get now(): number {
    return this.#now
  }

  get pending(): number {
    return this.#pending.size
  }

  readonly timers: Timers = {
    now: () => this.#now,
    setTimeout: (callback, ms) => {
      const id = this.#next++
      this.#pending.set(id, { at: this.#now + ms, callback })
      return id
    },
    clearTimeout: (id) => {
      this.#pending.delete(id)
    },
  }

  /** Goes on, running what falls due in its order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [due] = [...this.#pending].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      if (!due) break
      const [id, { at, callback }] = due
      this.#pending.delete(id)
      this.#now = Math.max(this.#now, at)
      callback()
    }
    this.#now = end
  }
}
