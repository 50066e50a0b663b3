import type { Clock } from '../../labs/clock.js'
import type { CloudAction } from '../../labs/lab.js'
import type { HeatStack } from './answers.js'

/** After so long without a trace Heat has lost it. Milliseconds. */
const LOST_AFTER_MS = 15_000
/** So long a loss is remembered, milliseconds. */
const LOSS_KEPT_MS = 10 * 60_000

/**
 * What Heat took on and does not show yet: it answers before it begins. Until then the stack looks as before, and the
 * same call once more would do harm. A create that is ended by a delete shows as failed in between.
 */
export class Asked {
  readonly #clock: Clock
  readonly #asked = new Map<string, { action: CloudAction; before: string; until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note({ id, stack_status }: HeatStack, action: CloudAction): void {
    this.#asked.set(id, { action, before: stack_status, until: this.#clock.now() + LOST_AFTER_MS })
  }

  /** The action that was asked for, while the stack shows nothing of it. */
  pending({ id, stack_status }: HeatStack): CloudAction | undefined {
    const asked = this.#asked.get(id)
    if (asked === undefined) return undefined
    const { action, before, until } = asked
    if (shows(stack_status, action, before)) this.#asked.delete(id)
    else if (this.#clock.now() < until) return action
    return undefined
  }

  /** Whether Heat took the action on and nothing came of it. */
  isLost({ id, stack_status }: HeatStack, action: CloudAction): boolean {
    const asked = this.#asked.get(id)
    if (asked?.action !== action || shows(stack_status, action, asked.before)) return false
    // One delete after the other may fail, and shows nothing new.
    if (action === 'delete' && stack_status.startsWith('DELETE_')) return false
    return asked.until <= this.#clock.now()
  }

  /** Forgets stacks that nobody asked about again. */
  sweep(): void {
    const old = this.#clock.now() - LOSS_KEPT_MS
    for (const [id, { until }] of this.#asked) if (until <= old) this.#asked.delete(id)
  }
}

function shows(status: string, action: CloudAction, before: string): boolean {
  return status !== before && (action !== 'delete' || status.startsWith('DELETE_'))
}
