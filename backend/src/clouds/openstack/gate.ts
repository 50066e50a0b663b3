import type { Clock } from '../../labs/clock.js'

export interface GateLimits {
  /** Calls at once. */
  readonly atOnce: number
  /** Calls that begin in a second, on average; `burst` of them may begin together. */
  readonly perSecond: number
  readonly burst: number
}

/** Bounds the calls to one cloud from this process: how many at once, and how many begin in a second (GCRA). */
export class Gate {
  readonly #limits: GateLimits
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #running = 0
  #due = 0

  constructor(limits: GateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Runs `call` when its turn has come, first come first served. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      await this.#pace()
      return await call()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.atOnce) {
      this.#running += 1
      return
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The place goes to the next in line, if there is one. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }

  async #pace(): Promise<void> {
    const gap = 1000 / this.#limits.perSecond
    const now = this.#clock.now()
    const due = Math.max(this.#due, now)
    this.#due = due + gap
    const wait = due - now - (this.#limits.burst - 1) * gap
    if (wait > 0) await this.#clock.sleep(wait)
  }
}
