import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Timers } from '../session/timers.js'

/** Renders the host again while something on it depends on the time; `every` says how often, in milliseconds. */
export class Ticker implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #timers: Timers
  readonly #every: () => number | undefined
  #timer: number | undefined
  #connected = false

  constructor(host: ReactiveControllerHost, timers: Timers, every: () => number | undefined) {
    this.#host = host
    this.#timers = timers
    this.#every = every
  }

  hostConnected(): void {
    this.#connected = true
  }

  hostDisconnected(): void {
    this.#connected = false
    this.#stop()
  }

  hostUpdated(): void {
    this.#stop()
    const every = this.#every()
    if (every === undefined || !this.#connected) return
    // On the second of the clock, so that two countdowns on a page tick together.
    const rest = every - (this.#timers.now() % every)
    this.#timer = this.#timers.setTimeout(() => this.#host.requestUpdate(), rest)
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
