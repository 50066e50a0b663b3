import { report, totals, type UsageLine } from '../labs/usage.js'
import { type Command, configOf, print, printJson, UsageError, withStore } from './command.js'
import { table } from './table.js'

const DAY_MS = 86_400_000

/** Hours and money of a time, by lab and course or by learner. */
export const usage: Command = async (words) => {
  const { by, json, lab, learner } = words.values
  if (by !== 'lab' && by !== 'learner') throw new UsageError(`--by is lab or learner, not ${by}`)
  const { from, to } = period(words.values, new Date())
  const config = await configOf(words)
  const all = await withStore(config, (store) => store.labs.usage({ from, to }))
  const wanted = all.filter((one) => (lab ?? one.name) === one.name && (learner ?? one.subject) === one.subject)
  const lines = report(wanted, config.labs, by)
  if (json) printJson({ from, to, lines, totals: totals(lines) })
  else print(describe(from, to, lines))
  return 0
}

/** The last 30 days unless said otherwise. Days without an hour begin at midnight UTC. */
export function period(
  values: { from?: string | undefined; to?: string | undefined; days?: string | undefined },
  now: Date,
): { from: Date; to: Date } {
  const to = values.to === undefined ? now : dateOf('--to', values.to)
  const days = values.days === undefined ? 30 : Number(values.days)
  if (!(days > 0)) throw new UsageError(`--days is a number above 0, not ${values.days}`)
  const from = values.from === undefined ? new Date(to.getTime() - days * DAY_MS) : dateOf('--from', values.from)
  if (from >= to) throw new UsageError('the time ends before it begins')
  return { from, to }
}

function dateOf(name: string, text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new UsageError(`${name} is a date such as 2026-11-01, not ${text}`)
  return date
}

function describe(from: Date, to: Date, lines: readonly (UsageLine & { learner?: string })[]): string {
  const title = `${from.toISOString().slice(0, 16)}Z to ${to.toISOString().slice(0, 16)}Z\n\n`
  if (lines.length === 0) return `${title}no lab was used\n`
  const byLearner = lines.some(({ learner }) => learner !== undefined)
  const head = ['COURSE', 'LAB', byLearner ? 'LEARNER' : 'LEARNERS', 'RUNNING', 'SUSPENDED', 'LAUNCHES', 'RESUMES']
  const rows = lines.map((line) => [
    ...[line.course ?? '–', line.lab, line.learner ?? line.learners],
    ...[hours(line.runningHours), hours(line.suspendedHours), line.launches, line.resumes],
    ...(line.money ? [money(line.money.cost), money(line.money.alwaysOn), line.money.currency] : ['–', '–', '']),
  ])
  const sums = totals(lines).map(({ currency, cost, alwaysOn }) => {
    const share = alwaysOn > 0 ? ` (${((100 * cost) / alwaysOn).toFixed(1)} %)` : ''
    return `${money(cost)} ${currency}; always on it would have been ${money(alwaysOn)} ${currency}${share}\n`
  })
  return `${title}${table([...head, 'COST', 'ALWAYS ON', ''], rows)}${sums.length > 0 ? `\n${sums.join('')}` : ''}`
}

function hours(value: number): string {
  return `${value.toFixed(1)} h`
}

function money(value: number): string {
  return value.toFixed(2)
}
