/** When labs are warned about, suspended and deleted: the section `defaults`, and the same keys of a lab. */
import type { Policy, UsageLimit } from './config.js'
import { formatDuration, parseDuration } from './durations.js'
import { at, type Part } from './part.js'
import { need, type Reading, refuse } from './reading.js'
import type { PolicySection, UsageLimitSection } from './schema.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Why these: docs/decisions/0014-how-long-a-lab-waits.md. */
export const DEFAULT_POLICY: Policy = {
  idleWarn: 8 * MINUTE,
  idleSuspend: 10 * MINUTE,
  leaveGrace: MINUTE,
  deleteAfter: 14 * DAY,
  launchTimeout: 15 * MINUTE,
}

/** WCAG 2.2 success criterion 2.2.1: at least 20 seconds to say "I am still here". */
export const LEAST_WARNING = 20_000

const LONGEST: Policy = {
  idleWarn: 30 * DAY,
  idleSuspend: 30 * DAY,
  leaveGrace: 30 * DAY,
  deleteAfter: 3_650 * DAY,
  launchTimeout: DAY,
}

/** A ledger is read this far back at most. */
const LONGEST_WINDOW = 366 * DAY

/** Each key that is written wins over `fallback`. */
export function readPolicy(reading: Reading, part: Part<PolicySection>, fallback: Policy): Policy {
  const read = (key: keyof Policy): number =>
    readDuration(reading, at(part, key), LONGEST[key], key === 'deleteAfter' ? 'never' : undefined) ?? fallback[key]
  const policy = {
    idleWarn: read('idleWarn'),
    idleSuspend: read('idleSuspend'),
    leaveGrace: read('leaveGrace'),
    deleteAfter: read('deleteAfter'),
    launchTimeout: read('launchTimeout'),
  }
  refuseShortWarning(reading, part, policy)
  return policy
}

/** Both durations are needed; `over` is `warn` unless said otherwise. */
export function readUsageLimit(reading: Reading, part: Part<UsageLimitSection>): UsageLimit | undefined {
  if (part.value === undefined) return undefined
  const [running, within] = (['running', 'within'] as const).map((key) => {
    need(reading, at(part, key), key === 'running' ? 'how long labs may run, such as 40h' : 'a time such as 30d')
    return readDuration(reading, at(part, key), LONGEST_WINDOW)
  })
  return running === undefined || within === undefined
    ? undefined
    : { running, within, over: at(part, 'over').value ?? 'warn' }
}

/** Milliseconds. `nothing`: the word that stands for 0, where that makes sense. */
export function readDuration(reading: Reading, part: Part<string | number>, longest: number, nothing?: string) {
  const { value } = part
  if (value === undefined) return undefined
  if (nothing !== undefined && (value === nothing || value === 0 || value === '0')) return 0
  if (typeof value === 'number') {
    refuse(reading, part, `a unit, for example ${value > 0 ? value : 90}s or ${value > 0 ? value : 10}m`)
    return undefined
  }
  const duration = parseDuration(value)
  const orNothing = nothing === undefined ? '' : `, or ${nothing}`
  if (duration === undefined) refuse(reading, part, `a duration such as 90s, 10m, 2h or 14d${orNothing}`)
  else if (duration === 0) refuse(reading, part, `more than nothing${orNothing}`)
  else if (duration > longest) refuse(reading, part, `at most ${formatDuration(longest)}${orNothing}`)
  else return duration
  return undefined
}

/** Told where one of the two was written; what was inherited was told there. */
function refuseShortWarning(reading: Reading, part: Part<PolicySection>, policy: Policy): void {
  const written = [at(part, 'idleSuspend'), at(part, 'idleWarn')]
  const place = written.find((one) => one.value !== undefined)
  if (place === undefined || written.some((one) => one.wrong)) return
  if (policy.idleSuspend - policy.idleWarn >= LEAST_WARNING) return
  const [warn, suspend] = [formatDuration(policy.idleWarn), formatDuration(policy.idleSuspend)]
  reading.mistakes.add(
    place,
    `the warning at ${warn} leaves less than 20s until the suspend at ${suspend}; expected \`idleSuspend\` to be at least 20s after \`idleWarn\` (WCAG 2.2.1)`,
  )
}
