import type { PageSignal, PageSignals } from '../../../src/session/activity.js'

export class FakePage implements PageSignals {
  visible = true
  focused = true
  online = true
  readonly #listeners = new Set<(signal: PageSignal) => void>()

  get listeners(): number {
    return this.#listeners.size
  }

  subscribe(listener: (signal: PageSignal) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(signal: PageSignal): void {
    if (signal === 'visible' || signal === 'hidden') this.visible = signal === 'visible'
    if (signal === 'focus' || signal === 'blur') this.focused = signal === 'focus'
    if (signal === 'online' || signal === 'offline') this.online = signal === 'online'
    for (const listener of [...this.#listeners]) listener(signal)
  }
}
