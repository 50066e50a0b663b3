import type { Clock } from '../../labs/clock.js'
import type { HeatStack } from './answers.js'

/**
 * Work that shows no end. Where the engine that did it has died, the classic Heat says so when it is back; with
 * convergence it leaves the stack `…_IN_PROGRESS` for ever, until the same is asked for again.
 */
export class Stalls {
  readonly #clock: Clock
  readonly #after: number
  readonly #seen = new Map<string, { status: string; since: number; period: number; lastSeen: number }>()

  /** `after`: milliseconds from which on work is doubted. */
  constructor(clock: Clock, after: number) {
    this.#clock = clock
    this.#after = after
  }

  /** Whether the stack has been in this status for so long; then again after twice that, so that slow work can end. */
  isDue({ id, stack_status: status }: HeatStack): boolean {
    const now = this.#clock.now()
    const found = this.#seen.get(id)
    const seen = found?.status === status ? found : { status, since: now, period: this.#after }
    const isDue = now - seen.since >= seen.period
    const next = isDue ? { since: now, period: seen.period * 2 } : {}
    this.#seen.set(id, { ...seen, ...next, lastSeen: now })
    return isDue
  }

  /** Forgets stacks that nobody looks at any more. */
  sweep(): void {
    const old = this.#clock.now() - this.#after
    for (const [id, { lastSeen }] of this.#seen) if (lastSeen < old) this.#seen.delete(id)
  }
}
