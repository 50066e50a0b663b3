import type { Clock } from './clock.js'
import { JoinedCall } from './joined-call.js'
import type { CloudAction, Lab } from './lab.js'
import { isLeaving } from './outcome.js'
import type { Cloud, ListedStack, Observed, StackRef } from './ports.js'

/** Labs of one cloud that wait for work and were looked at within `WINDOW_MS`, from which on one list answers for all. */
const FEW = 4
const WINDOW_MS = 2_000
/** A list is asked for this often at most, milliseconds. */
const LIST_EVERY_MS = 250

/** The work that a lab in this phase waits for. Other work may have to be ended first: then the stack itself is asked. */
const WORK: Partial<Record<Lab['phase'], CloudAction>> = {
  launching: 'create',
  suspending: 'suspend',
  resuming: 'resume',
  resetting: 'delete',
  deleting: 'delete',
}

/**
 * Looks at stacks. While many labs of a cloud wait for its work, one list serves all of them, so that the calls a
 * second stay bounded however many there are. What a list cannot tell (outputs, reasons, that a stack is gone) is asked
 * for the stack itself.
 */
export class Looks {
  readonly #clock: Clock
  readonly #clouds = new Map<Cloud, Shared>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `outputs`: somebody will ask for them. */
  async observe(cloud: Cloud, lab: Lab, ref: StackRef, outputs: boolean): Promise<Observed> {
    const action = WORK[lab.phase]
    // A first look, or one of a lab at rest, is a question about that lab alone.
    if (action === undefined || lab.attempts === 0 || isLeaving(lab)) return cloud.observe(ref, { outputs })
    const shared = this.#shared(cloud)
    if (!shared.isBusy(ref.stack)) return cloud.observe(ref, { outputs })
    const since = this.#clock.now()
    const listed = (await shared.list.ask()).get(ref.stack)
    if (listed?.state === 'working' && listed.action === action) return { state: 'working', action }
    if (listed?.state === 'suspended') return { state: 'suspended' }
    return cloud.observe(ref, { since, outputs })
  }

  #shared(cloud: Cloud): Shared {
    const found = this.#clouds.get(cloud) ?? new Shared(cloud, this.#clock)
    this.#clouds.set(cloud, found)
    return found
  }
}

/** The lists of one cloud, and who waits for them. */
class Shared {
  /** By stack. Asked for after the question, so that what was done before it is in it. */
  readonly list: JoinedCall<ReadonlyMap<string, ListedStack>>
  readonly #clock: Clock
  readonly #recent = new Map<string, number>()

  constructor(cloud: Cloud, clock: Clock) {
    const list = async () => new Map((await cloud.list()).map((one) => [one.stack, one]))
    this.list = new JoinedCall(list, LIST_EVERY_MS, clock)
    this.#clock = clock
  }

  isBusy(stack: string): boolean {
    const now = this.#clock.now()
    for (const [one, at] of this.#recent) if (at <= now - WINDOW_MS) this.#recent.delete(one)
    this.#recent.set(stack, now)
    return this.#recent.size > FEW
  }
}
