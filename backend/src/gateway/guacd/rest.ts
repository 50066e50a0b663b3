/** Tells when a stream of pictures comes to rest. */
import type { Cancel, Timers } from '../timers.js'

/** Whoever joins is told the whole picture in one go: that nothing came for this long (ms) is its end. */
const REST_MS = 40

export class Rest {
  readonly #timers: Timers
  readonly #rests: () => void
  #cancel: Cancel | undefined

  constructor(timers: Timers, rests: () => void) {
    this.#timers = timers
    this.#rests = rests
  }

  /** Something came. */
  moved(): void {
    this.#cancel?.()
    this.#cancel = this.#timers.after(REST_MS, this.#rests)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
