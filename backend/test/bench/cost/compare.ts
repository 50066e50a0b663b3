/** Paid hours of a month of a course, by our rules, by the reference's, always on, and the least that is possible. */
import type { Policy } from '../../../src/config/config.js'
import { DEFAULT_POLICY } from '../../../src/config/policy.js'
import { type Habit, monthOf } from './learner.js'
import { Life } from './life.js'
import { referencePaid } from './reference.js'

const HOUR = 3_600_000
export const MONTH_MS = 30 * 24 * HOUR

export interface Comparison {
  readonly learners: number
  /** Hours. */
  readonly least: number
  readonly ours: number
  readonly asleep: number
  readonly reference: number
  readonly alwaysOn: number
  /** Ours above the least, by habit. */
  readonly above: Readonly<Record<Habit, number>>
}

export function compare(learners: number, policy: Policy = DEFAULT_POLICY): Comparison {
  const months = Array.from({ length: learners }, (_, index) => monthOf(1 + index))
  const sums = { closes: [0, 0], wanders: [0, 0], crashes: [0, 0] } satisfies Record<Habit, [number, number]>
  let [least, ours, asleep, alwaysOn] = [0, 0, 0, 0]
  for (const month of months) {
    const active = month.active.reduce((sum, [from, to]) => sum + to - from, 0)
    const paid = Life.paid(month, MONTH_MS, policy)
    least += active
    ours += paid.running
    asleep += paid.asleep
    alwaysOn += MONTH_MS - (month.signs[0]?.at ?? MONTH_MS)
    const sum = sums[month.habit]
    sum[0] += paid.running
    sum[1] += active
  }
  const above = ([paid, active]: [number, number]): number => (active === 0 ? 0 : paid / active - 1)
  return {
    learners,
    least: least / HOUR,
    ours: ours / HOUR,
    asleep: asleep / HOUR,
    reference: referencePaid(months, MONTH_MS) / HOUR,
    alwaysOn: alwaysOn / HOUR,
    above: { closes: above(sums.closes), wanders: above(sums.wanders), crashes: above(sums.crashes) },
  }
}
