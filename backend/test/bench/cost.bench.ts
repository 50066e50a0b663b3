/** What a month of 1,000 learners costs (`LEARNERS` overrides), in virtual time under the real `decide`. */
import { moneyOf } from '../../src/labs/usage.js'
import { labConfig } from '../labs/support/world.js'
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

const policy = labConfig().policy
for (const minutes of [10, 9, 8, 5]) {
  const idleSuspend = minutes * 60_000
  const changed = compare(result.learners, { ...policy, idleSuspend, idleWarn: idleSuspend - 60_000 })
  console.log(`with idleSuspend ${minutes}m: ${(changed.ours / least).toFixed(2)} × least`)
}
