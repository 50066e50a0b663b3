/** What a month of 1,000 learners costs (`LEARNERS` overrides), in virtual time under the real `decide`. */
import { DEFAULT_POLICY } from '../../src/config/policy.js'
import { moneyOf } from '../../src/labs/usage.js'
import { compare } from './cost/compare.js'

const cost = { running: 1.45, suspended: 0.02, currency: 'EUR' }
const result = compare(Number(process.env['LEARNERS'] ?? 1_000))
const { least, ours, reference, alwaysOn, above } = result
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const line = (name: string, hours: number): void =>
  console.log(
    `${name.padEnd(22)} ${hours.toFixed(0).padStart(9)} h  ${(hours / least).toFixed(2).padStart(6)} × least  ${percent(hours / alwaysOn).padStart(7)} of always-on`,
  )
console.log(`${result.learners} learners, lessons of 30 to 45 minutes daily or every other day, 30 days`)
line('least (active only)', least)
line('lab-terminal', ours)
line('reference', reference)
line('always on', alwaysOn)
console.log(
  `above the least: tab closed ${percent(above.closes)}, wandered off ${percent(above.wanders)}, crashed ${percent(above.crashes)}`,
)
const money = moneyOf(ours, result.asleep, cost)
console.log(`a month at 1.45 an hour awake and 0.02 asleep: ${percent(money.cost / money.alwaysOn)} of always-on`)

const MIN = 60_000
for (const [idle, grace] of [
  [12, 2],
  [10, 2],
  [9, 1],
  [5, 1],
] as const) {
  const policy = { ...DEFAULT_POLICY, idleSuspend: idle * MIN, idleWarn: (idle - 2) * MIN, leaveGrace: grace * MIN }
  const other = compare(result.learners, policy)
  console.log(`with idleSuspend ${idle}m, leaveGrace ${grace}m: ${(other.ours / least).toFixed(2)} × least`)
}
