/** Hours and money of labs, and what the same labs would have cost had they never slept. Pure. */
import type { Cost, LabConfig, UsageLimit } from '../config/config.js'
import type { LabKey } from './lab.js'

/** Of one learner, lab and course, within a time. Seconds. */
export interface Usage extends LabKey {
  readonly course: string | null
  readonly running: number
  readonly suspended: number
  readonly launches: number
  readonly resumes: number
}

export interface UsageFilter {
  readonly from: Date
  readonly to: Date
  readonly learner?: Pick<LabKey, 'issuer' | 'subject'>
}

export interface Money {
  readonly currency: string
  readonly cost: number
  /** Of the same labs, running as long as they were there. */
  readonly alwaysOn: number
}

export interface UsageLine {
  readonly lab: string
  readonly course: string | null
  readonly learners: number
  readonly runningHours: number
  readonly suspendedHours: number
  readonly launches: number
  readonly resumes: number
  /** Absent where the configuration names no cost for the lab. */
  readonly money?: Money
}

const HOUR = 3_600

/** One line for each group: of a lab and a course, or of a learner too. */
export function report(
  usage: readonly Usage[],
  configs: ReadonlyMap<string, Pick<LabConfig, 'cost'>>,
  by: 'lab' | 'learner',
): (UsageLine & { learner?: string })[] {
  const groups = new Map<string, Usage[]>()
  for (const one of usage) {
    const key = JSON.stringify([one.course, one.name, ...(by === 'learner' ? [one.issuer, one.subject] : [])])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const line = lineOf(first, members, configs.get(first.name)?.cost)
    return [by === 'learner' ? { ...line, learner: first.subject } : line]
  })
}

function lineOf({ name, course }: Usage, members: readonly Usage[], cost: Cost | undefined): UsageLine {
  const sum = (value: (usage: Usage) => number): number => members.reduce((total, one) => total + value(one), 0)
  const running = sum((one) => one.running) / HOUR
  const suspended = sum((one) => one.suspended) / HOUR
  return {
    lab: name,
    course,
    learners: new Set(members.map(({ issuer, subject }) => JSON.stringify([issuer, subject]))).size,
    runningHours: running,
    suspendedHours: suspended,
    launches: sum((one) => one.launches),
    resumes: sum((one) => one.resumes),
    ...(cost === undefined ? {} : { money: moneyOf(running, suspended, cost) }),
  }
}

export function moneyOf(running: number, suspended: number, cost: Cost): Money {
  return {
    currency: cost.currency,
    cost: running * cost.running + suspended * cost.suspended,
    alwaysOn: (running + suspended) * cost.running,
  }
}

/** Sums by currency: what has no cost, or another currency, is not mixed in. */
export function totals(lines: readonly UsageLine[]): Money[] {
  const sums = new Map<string, Money>()
  for (const { money } of lines) {
    if (money === undefined) continue
    const { currency } = money
    const sum = sums.get(currency) ?? { currency, cost: 0, alwaysOn: 0 }
    sums.set(currency, { currency, cost: sum.cost + money.cost, alwaysOn: sum.alwaysOn + money.alwaysOn })
  }
  return [...sums.values()]
}

/** Whether a learner's labs, all together, have run as long as they may. */
export function isUsedUp(usage: readonly Usage[], { running }: UsageLimit): boolean {
  return usage.reduce((total, one) => total + one.running, 0) * 1000 >= running
}
