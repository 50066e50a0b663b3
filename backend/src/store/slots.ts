/** So many at once over all replicas: numbered advisory locks, one for each slot of a name. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Locks } from './locks.js'

/** A slot is kept this long at least (ms), so that quick calls are bounded in number a second too. */
const LEAST_MS = 250
/** Slots of other replicas that become free are noticed this late, milliseconds. */
const POLL_MS = 50

export class Slots {
  readonly #locks: Locks
  /** By name: who waits here, first come first served. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(locks: Locks) {
    this.#locks = locks
  }

  /** Runs `work` when one of `limit` slots is free; at most four times `limit` begin in a second. */
  async limited<T>(name: string, limit: number, work: () => Promise<T>): Promise<T> {
    const release = await this.#take(name, limit)
    const began = performance.now()
    try {
      return await work()
    } finally {
      const rest = LEAST_MS - (performance.now() - began)
      if (rest <= 0) void release()
      else void sleep(rest, undefined, { ref: false }).then(release)
    }
  }

  #take(name: string, limit: number): Promise<() => Promise<void>> {
    const before = this.#turns.get(name) ?? Promise.resolve()
    const turn = before.then(
      () => this.#wait(name, limit),
      () => this.#wait(name, limit),
    )
    this.#turns.set(name, turn)
    return turn
  }

  async #wait(name: string, limit: number): Promise<() => Promise<void>> {
    for (;;) {
      const release = await this.#locks.slot(name, limit)
      if (release !== undefined) return release
      await sleep(POLL_MS)
    }
  }
}
