/** A month of one lab under the real `decide`, in virtual time: how long its servers were paid for. */
import type { Policy } from '../../../src/config/config.js'
import { DEFAULT_POLICY } from '../../../src/config/policy.js'
import { decide } from '../../../src/labs/decide.js'
import type { Rules } from '../../../src/labs/decision.js'
import type { CloudAction, Lab, LabChange } from '../../../src/labs/lab.js'
import type { Observed } from '../../../src/labs/ports.js'
import * as wishes from '../../../src/labs/wishes.js'
import { okLab } from '../../fakes/lab-store.js'
import type { Month, Sign } from './learner.js'

/** Milliseconds that the cloud takes. */
export const TAKES: Readonly<Record<CloudAction, number>> = {
  create: 60_000,
  suspend: 10_000,
  resume: 15_000,
  delete: 20_000,
}

const rulesWith = (policy: Policy): Rules => ({
  policy,
  clouds: ['a'],
  hooks: new Set(),
  placement: { cloud: 'a', stack: 'stack' },
})

export interface Paid {
  /** Milliseconds with servers. */
  readonly running: number
  /** Milliseconds asleep. */
  readonly asleep: number
}

export class Life {
  readonly #rules: Rules
  #lab: Lab = okLab()
  #cloud: Observed = { state: 'absent' }
  #ends = Number.POSITIVE_INFINITY
  #now = 0
  #running = 0
  #asleep = 0

  constructor(policy: Policy) {
    this.#rules = rulesWith(policy)
  }

  /** The month's signs in order, then until `end`. */
  static paid(month: Month, end: number, policy: Policy = DEFAULT_POLICY): Paid {
    const life = new Life(policy)
    for (const sign of month.signs) life.#sign(sign)
    life.#advance(end)
    return { running: life.#running, asleep: life.#asleep }
  }

  #sign({ at, kind }: Sign): void {
    this.#advance(at)
    const now = new Date(at)
    const { policy } = this.#rules
    if (kind === 'closed') {
      this.#write(wishes.left(this.#lab, now, policy))
      return
    }
    if (kind === 'open') this.#write(wishes.returned(this.#lab, policy))
    // A page that is paused is clicked, or gets the focus.
    const starts = kind === 'open' || this.#lab.desired !== 'running'
    this.#write(starts ? wishes.start(this.#lab, now, policy) : wishes.touch(this.#lab, now, policy))
  }

  #write(change: LabChange | undefined): void {
    this.#lab = { ...this.#lab, ...change }
  }

  #advance(to: number): void {
    for (;;) {
      const look = this.#lab.lookAt?.getTime() ?? Number.POSITIVE_INFINITY
      const next = Math.max(this.#now, look)
      if (next > to) break
      this.#pass(next)
      const before = this.#lab
      const { change, call } = decide(this.#lab, this.#cloud, new Date(this.#now), this.#rules)
      this.#write(change)
      if (call && call !== 'reboot') {
        this.#cloud = { state: 'working', action: call }
        this.#ends = this.#now + TAKES[call]
      } else if (this.#lab.lookAt?.getTime() === before.lookAt?.getTime()) this.#write({ lookAt: null })
    }
    this.#pass(to)
  }

  /** Counts what is paid, and ends the cloud's work in between. */
  #pass(to: number): void {
    if (this.#ends <= to) {
      this.#count(this.#ends)
      const { action } = this.#cloud.state === 'working' ? this.#cloud : { action: 'create' as const }
      this.#ends = Number.POSITIVE_INFINITY
      this.#cloud =
        action === 'delete'
          ? { state: 'absent' }
          : action === 'suspend'
            ? { state: 'suspended' }
            : { state: 'running', outputs: {} }
    }
    this.#count(to)
  }

  #count(to: number): void {
    const length = to - this.#now
    if (this.#cloud.state === 'suspended') this.#asleep += length
    else if (this.#cloud.state !== 'absent') this.#running += length
    this.#now = to
  }
}
