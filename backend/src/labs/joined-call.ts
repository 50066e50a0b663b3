import type { Clock } from './clock.js'

/**
 * Many questions, one call: each is answered by a call that began after it was asked, so never by what was true before.
 * One call at a time, and `gap` milliseconds at least between the beginnings of two.
 */
export class JoinedCall<T> {
  readonly #call: () => Promise<T>
  readonly #gap: number
  readonly #clock: Clock
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<T> | undefined
  #begun = Number.NEGATIVE_INFINITY

  constructor(call: () => Promise<T>, gap: number, clock: Clock) {
    this.#call = call
    this.#gap = gap
    this.#clock = clock
  }

  ask(): Promise<T> {
    this.#next ??= this.#after(this.#current)
    return this.#next
  }

  async #after(current: Promise<unknown>): Promise<T> {
    // How the one before ended is the matter of those who asked for it.
    await current.catch(() => undefined)
    const wait = this.#begun + this.#gap - this.#clock.now()
    if (wait > 0) await this.#clock.sleep(wait)
    this.#begun = this.#clock.now()
    const begun = this.#call()
    this.#current = begun
    this.#next = undefined
    return begun
  }
}
