import { LabError } from '../../../../src/wire/problems.js'
import type { Clock } from '../../labs/clock.js'
import type { CloudAction } from '../../labs/lab.js'
import type { Observed, StackRef, StackSecrets } from '../../labs/ports.js'
import type { HeatStack } from './answers.js'
import { Asked } from './asked.js'
import { Details } from './details.js'
import type { Heat } from './heat.js'
import { isUnderWay } from './mend.js'
import { type StackState, stateOf } from './stack-state.js'
import { Stalls } from './stalls.js'

/** Under this name the private key is kept, and under this one a terminal finds it among the outputs. */
export const KEY_SECRET = 'key'
export const KEY_OUTPUT = 'private_key'
/** Work that lasts longer is doubted, milliseconds. */
const STALLED_AFTER_MS = 60_000

export interface StackViewOptions {
  /** The cloud's name. */
  readonly name: string
  readonly secrets: StackSecrets
  readonly clock: Clock
  /** Milliseconds from which on work is doubted. */
  readonly stalledAfter?: number
}

/** What a stack is to a lab: Heat's word, what was asked of Heat and does not show yet, and what one must ask for alone. */
export class StackView {
  readonly #cloud: string
  readonly #secrets: StackSecrets
  readonly #details: Details
  readonly #asked: Asked
  readonly #stalls: Stalls

  constructor({ name, secrets, clock, stalledAfter = STALLED_AFTER_MS }: StackViewOptions) {
    this.#cloud = name
    this.#secrets = secrets
    this.#details = new Details(clock)
    this.#asked = new Asked(clock)
    this.#stalls = new Stalls(clock, stalledAfter)
  }

  seen(stack: HeatStack): StackState {
    const action = this.#asked.pending(stack)
    return action === undefined ? stateOf(stack.stack_status) : { state: 'working', action }
  }

  /** Heat took it on. */
  asked(stack: HeatStack, action: CloudAction): void {
    this.#asked.note(stack, action)
  }

  /** Heat took it on, and nothing came of it. */
  isLost(stack: HeatStack, action: CloudAction): boolean {
    return this.#asked.isLost(stack, action)
  }

  /** Of a stack that runs. Throws where it does not any more. */
  async outputs(heat: Heat, ref: StackRef, stack: HeatStack): Promise<Readonly<Record<string, string>>> {
    const outputs = await this.#details.outputs(heat, stack)
    if (outputs === undefined) throw lookAgain(this.#cloud, ref, 'it changed while it was looked at')
    return outputs
  }

  sweep(): void {
    this.#details.sweep()
    this.#asked.sweep()
    this.#stalls.sweep()
  }

  /** `whole`: with the outputs of a stack that runs, which Heat tells of one stack at a time. */
  async observed(heat: Heat, ref: StackRef, stack: HeatStack, whole: boolean): Promise<Observed> {
    const seen = this.seen(stack)
    switch (seen.state) {
      case 'running': {
        if (!whole) return { state: 'running', outputs: {} }
        const outputs = await this.outputs(heat, ref, stack)
        return { state: 'running', outputs: await this.#withKey(ref, outputs) }
      }
      case 'working': {
        if (seen.action !== 'create' && seen.action !== 'resume') return seen
        // The bar on the page is not worth a failure.
        const progress = await this.#details.progress(heat, stack, seen.action).catch(() => undefined)
        return progress === undefined ? seen : { ...seen, progress }
      }
      case 'failed':
        return { ...seen, reason: stack.stack_status_reason ?? stack.stack_status }
      default:
        return seen
    }
  }

  /**
   * Asks again for work that shows no end; told of every list, so that nobody's is overlooked however many wait. Heat
   * refuses what is really in progress, so this harms nothing.
   */
  async doubt(heat: Heat, stacks: readonly HeatStack[]): Promise<void> {
    const stalled = stacks.filter((stack) => this.seen(stack).state === 'working' && this.#stalls.isDue(stack))
    await Promise.all(stalled.map((stack) => this.#askAgain(heat, stack)))
  }

  async #askAgain(heat: Heat, stack: HeatStack): Promise<void> {
    try {
      if (stack.stack_status === 'SUSPEND_IN_PROGRESS') await heat.act(stack, 'suspend')
      if (stack.stack_status === 'RESUME_IN_PROGRESS') await heat.act(stack, 'resume')
      if (stack.stack_status === 'DELETE_IN_PROGRESS') await heat.delete(stack)
    } catch (error) {
      if (!isUnderWay(error)) throw error
    }
  }

  /** The key that was made for the stack, unless its template has one of its own. */
  async #withKey(ref: StackRef, outputs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
    if (KEY_OUTPUT in outputs) return outputs
    const key = await this.#secrets.find(ref.lab.id, KEY_SECRET)
    return key === undefined ? outputs : { ...outputs, [KEY_OUTPUT]: key }
  }
}

/** It is not the time for this call; a later look may find it better. */
export function lookAgain(cloud: string, ref: StackRef, why: string): LabError {
  return new LabError('cloud/unreachable', { message: `cloud ${cloud}: stack ${ref.stack}: ${why}; look again` })
}
