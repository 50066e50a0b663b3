/** A lab as a row of `lab_terminal.lab`. */
import { isProblemCode, LabError } from '../../../src/wire/problems.js'
import type { Desired, LabPhase } from '../../../src/wire/schema.js'
import type { Lab, LabChange } from '../labs/lab.js'

export interface LabRow {
  id: string
  issuer: string
  subject: string
  name: string
  rev: number
  phase: LabPhase
  since: Date
  desired: Desired
  resetting: boolean
  cloud: string | null
  stack: string | null
  started_at: Date | null
  attempts: number
  progress: { done: number; total: number } | null
  problem: string | null
  reason: string | null
  active_at: Date | null
  suspend_at: Date | null
  delete_at: Date | null
  look_at: Date | null
  tried: Lab['tried']
  queued_at: Date | null
  rebooted: boolean
  hook: Lab['hook']
  course: string | null
  notice: string | null
}

/** Characters kept of a reason, which a cloud may make as long as it likes. */
const REASON_LIMIT = 4_000

export function labOf(row: LabRow): Lab {
  return {
    id: row.id,
    issuer: row.issuer,
    subject: row.subject,
    name: row.name,
    rev: row.rev,
    phase: row.phase,
    since: row.since,
    desired: row.desired,
    resetting: row.resetting,
    cloud: row.cloud,
    stack: row.stack,
    startedAt: row.started_at,
    attempts: row.attempts,
    progress: row.progress,
    problem: problemOf(row.problem),
    reason: row.reason,
    activeAt: row.active_at,
    suspendAt: row.suspend_at,
    deleteAt: row.delete_at,
    lookAt: row.look_at,
    tried: row.tried,
    queuedAt: row.queued_at,
    rebooted: row.rebooted,
    hook: row.hook,
    course: row.course,
    notice: problemOf(row.notice),
  }
}

/** A newer replica may have written a code that this one does not know. */
function problemOf(code: string | null): Lab['problem'] {
  if (code === null) return null
  return isProblemCode(code) ? code : 'server/internal'
}

/** The lab with the change in it and the next `rev`; `undefined` when nothing is different. */
export function changed(lab: Lab, change: LabChange): Lab | undefined {
  const { cause: _, ...members } = change
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  const bad = Object.entries(given).find(([, value]) => value instanceof Date && Number.isNaN(value.getTime()))
  if (bad) throw new LabError('server/internal', { message: `${bad[0]} of lab ${lab.id} is no date` })
  const next: Lab = { ...lab, ...given }
  const reason = next.reason === null ? null : storable(next.reason)
  if (equal({ ...next, reason }, lab)) return undefined
  return { ...next, reason, rev: lab.rev + 1 }
}

/** PostgreSQL refuses text with a zero character. */
function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, REASON_LIMIT)
}

/** Members in a fixed order, dates by their instant. */
function equal(a: Lab, b: Lab): boolean {
  return JSON.stringify(parameters(a)) === JSON.stringify(parameters(b))
}

/** For `UPDATE_LAB`, and its members in its order. */
export function parameters(lab: Lab): unknown[] {
  return [
    lab.id,
    lab.rev,
    lab.phase,
    lab.since,
    lab.desired,
    lab.resetting,
    lab.cloud,
    lab.stack,
    lab.startedAt,
    lab.attempts,
    lab.progress === null ? null : JSON.stringify({ done: lab.progress.done, total: lab.progress.total }),
    lab.problem,
    lab.reason,
    lab.activeAt,
    lab.suspendAt,
    lab.deleteAt,
    lab.lookAt,
    JSON.stringify(Object.fromEntries(Object.entries(lab.tried).toSorted())),
    lab.queuedAt,
    lab.rebooted,
    lab.hook === null ? null : JSON.stringify({ event: lab.hook.event, at: lab.hook.at, done: lab.hook.done }),
    lab.course,
    lab.notice,
  ]
}

export const UPDATE_LAB = `
  update lab_terminal.lab set
    rev = $2, phase = $3, since = $4, desired = $5, resetting = $6, cloud = $7, stack = $8, started_at = $9,
    attempts = $10, progress = $11, problem = $12, reason = $13, active_at = $14, suspend_at = $15, delete_at = $16,
    look_at = $17, tried = $18, queued_at = $19, rebooted = $20, hook = $21, course = $22, notice = $23
  where id = $1`
