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
  /** The newest answer, and when its call began. */
  #known: { readonly begun: number; readonly answer: T } | undefined

  constructor(call: () => Promise<T>, gap: number, clock: Clock) {
    this.#call = call
    this.#gap = gap
    this.#clock = clock
  }

  /** `since`: an answer will do whose call began after this moment of the clock. */
  async ask(since = Number.POSITIVE_INFINITY): Promise<T> {
    if (this.#known !== undefined && this.#known.begun >= since) return this.#known.answer
    this.#next ??= this.#after(this.#current)
    return this.#next
  }

  async #after(current: Promise<unknown>): Promise<T> {
    // How the one before ended is the matter of those who asked for it.
    await current.catch(() => undefined)
    const wait = this.#begun + this.#gap - this.#clock.now()
    if (wait > 0) await this.#clock.sleep(wait)
    const begun = this.#clock.now()
    this.#begun = begun
    const call = this.#call()
    this.#current = call
    this.#next = undefined
    const answer = await call
    this.#known = { begun, answer }
    return answer
  }
}
