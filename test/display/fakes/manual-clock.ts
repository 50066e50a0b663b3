/** Time that only moves when a test says so. */
export class ManualClock {
  #now = 1_000
  #ids = 0
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  readonly now = () => this.#now

  readonly setTimeout = (callback: () => void, ms: number): number => {
    this.#timers.set(++this.#ids, { at: this.#now + ms, callback })
    return this.#ids
  }

  readonly clearTimeout = (id: number): void => {
    this.#timers.delete(id)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Runs what is due on the way, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [id, timer] = next
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, timer.at)
      timer.callback()
    }
    this.#now = end
  }

  /** A machine that slept, or a hidden page: time passed, and each timer runs once, late. */
  sleep(ms: number): void {
    this.#now += ms
    for (const [id, { callback }] of [...this.#timers]) {
      if (this.#timers.delete(id)) callback()
    }
  }

  #next(end: number): [number, { at: number; callback: () => void }] | undefined {
    return [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
  }
}
