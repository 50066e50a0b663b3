import type { Timers } from '../../../src/session/timers.js'

/** Time that only the test moves. */
export class FakeClock implements Timers {
  #now = Date.parse('2026-01-01T12:00:00Z')
  #last = 0
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): number {
    this.#last += 1
    this.#timers.set(this.#last, { at: this.#now + ms, callback })
    return this.#last
  }

  clearTimeout(id: number): void {
    this.#timers.delete(id)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Moves time, ringing what is due in order, and lets promises run after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      if (!next) break
      const [id, { at, callback }] = next
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, at)
      callback()
      await settled()
    }
    this.#now = end
    await settled()
  }
}

/** Every promise that can go on has gone on. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(0)
    })
  }
}
