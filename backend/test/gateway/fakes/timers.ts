import type { Timers } from '../../../src/gateway/timers.js'

interface Due {
  at: number
  readonly every: number | undefined
  readonly run: () => void
}

/** Time that passes only when a test says so. */
export class FakeTimers implements Timers {
  #now = Date.parse('2026-11-22T12:00:00Z')
  readonly #due = new Set<Due>()

  /** Timers that still wait. */
  get pending(): number {
    return this.#due.size
  }

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: undefined, run })
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: ms, run })
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#now = next.at
      if (next.every === undefined) this.#due.delete(next)
      else next.at += next.every
      next.run()
    }
    this.#now = end
  }

  #add(due: Due): () => void {
    this.#due.add(due)
    return () => this.#due.delete(due)
  }
}
