import { Announcer, type AnnouncerTimers } from './announcer.js'

/** Speaks while a screen reader is wanted. */
export class Speech {
  readonly #host: HTMLElement
  readonly #timers: AnnouncerTimers
  #announcer: Announcer | undefined

  constructor(host: HTMLElement, timers: AnnouncerTimers) {
    this.#host = host
    this.#timers = timers
  }

  /** Comes after xterm was told the same: its live region is there, or gone. */
  follow(wanted: boolean): void {
    if (!wanted) this.dispose()
    else if (!this.#announcer) {
      const source = this.#host.querySelector('.live-region')
      if (source) this.#announcer = new Announcer(source, this.#host, this.#timers)
    }
  }

  dispose(): void {
    this.#announcer?.dispose()
    this.#announcer = undefined
  }
}
