/** What comes of work that failed or took too long. Nothing here loses a lab that once ran. Pure. */
import type { Policy } from '../config/config.js'
import { AT_REST, type Decision, enter, shortened } from './decision.js'
import type { Lab, LabChange } from './lab.js'
import type { Seen } from './ports.js'
import { after } from './wishes.js'

const SUSPEND_RETRY_MS = 10 * 60_000
const DELETE_RETRY_MS = 60 * 60_000

/** It keeps running and costing: tried again now and then. */
export function suspendFailed(lab: Lab, now: Date, reason: string): Decision {
  return fail(lab, now, 'lab/suspend-failed', reason, { lookAt: after(now, SUSPEND_RETRY_MS) })
}

/** What is left keeps its place and may cost: tried again now and then. */
export function deleteFailed(lab: Lab, now: Date, reason: string): Decision {
  return fail(lab, now, 'lab/delete-failed', reason, { lookAt: after(now, DELETE_RETRY_MS) })
}

/** A failed lab stays until somebody wants something; its deadline still counts. */
export function restFailed(lab: Lab): Decision {
  return { change: { ...AT_REST, lookAt: lab.deleteAt } }
}

/** Nothing that ever ran is lost here: the remains are deleted, and the learner may try again. */
export function launchFailed(
  lab: Lab,
  now: Date,
  problem: 'lab/launch-failed' | 'lab/launch-timeout',
  reason: string,
): Decision {
  return fail(lab, now, problem, reason, { desired: 'absent', resetting: false, queuedAt: null, lookAt: now })
}

/** The lab is kept and suspended again, whatever state the resume left it in; the page says why meanwhile. */
export function resumeFailed(lab: Lab, now: Date, reason: string): Decision {
  return fail(lab, now, 'lab/resume-failed', reason, { desired: 'suspended', startedAt: now, lookAt: now })
}

function fail(lab: Lab, now: Date, problem: NonNullable<Lab['problem']>, reason: string, more: LabChange): Decision {
  return {
    change: {
      ...AT_REST,
      ...enter(lab, now, 'failed'),
      problem,
      reason: shortened(reason),
      suspendAt: null,
      lookAt: lab.deleteAt,
      cause: problem,
      ...more,
    },
  }
}

export function isOverdue(lab: Lab, now: Date, policy: Policy): boolean {
  const launching = lab.phase === 'launching' || lab.phase === 'resuming'
  return launching && lab.startedAt !== null && after(lab.startedAt, policy.launchTimeout) <= now
}

export function overdue(lab: Lab, seen: Seen, now: Date): Decision {
  const reason = seen.state === 'unready' ? `not ready in time: ${seen.why}` : `not ready in time: still ${seen.state}`
  return lab.phase === 'launching'
    ? launchFailed(lab, now, 'lab/launch-timeout', reason)
    : resumeFailed(lab, now, reason)
}
