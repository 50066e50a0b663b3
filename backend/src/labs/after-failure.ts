/** What a call or a look that threw means: the cloud's word is missing or a no, and neither loses a lab. Pure. */
import type { LabError } from '../../../src/wire/problems.js'
import { MAX_ATTEMPTS, type Rules } from './decision.js'
import { deleteFailed, isOverdue, launchFailed, overdue, resumeFailed, suspendFailed } from './failure.js'
import type { CloudAction, Lab, LabChange } from './lab.js'
import { hasNext, triesNext } from './outcome.js'
import { after } from './wishes.js'

const MAX_UNREACHABLE_WAIT_MS = 60_000

type Call = CloudAction | 'reboot' | 'observe'

export function afterFailure(
  lab: Lab,
  call: Call,
  error: LabError,
  now: Date,
  rules: Pick<Rules, 'policy' | 'clouds'>,
): LabChange {
  if (lab.phase === 'launching' && lab.desired === 'running') {
    const change = afterFailedLaunch(lab, call, error, now, rules)
    if (change) return change
  }
  if (call === 'observe' || error.code === 'cloud/unreachable') return unreachable(lab, error, now, rules)
  const reason = error.message
  // Only to run its delete hook: it goes without.
  if (call === 'resume' && lab.phase === 'deleting') return { hook: over(now), attempts: 0, reason, lookAt: now }
  if (call === 'reboot') return resumeFailed(lab, now, reason).change
  if (lab.attempts < MAX_ATTEMPTS) return { reason, lookAt: after(now, 1_000 * 2 ** lab.attempts) }
  switch (call) {
    case 'create':
      return launchFailed(lab, now, 'lab/launch-failed', reason).change
    case 'resume':
      return resumeFailed(lab, now, reason).change
    case 'suspend':
      return suspendFailed(lab, now, reason).change
    case 'delete':
      return deleteFailed(lab, now, reason).change
    default:
      return call satisfies never
  }
}

/** The other clouds of the lab do not suffer from one that is full, wrongly set up or gone. */
function afterFailedLaunch(
  lab: Lab,
  call: Call,
  error: LabError,
  now: Date,
  { clouds }: Pick<Rules, 'clouds'>,
): LabChange | undefined {
  const reason = error.message
  const next = hasNext(lab, clouds)
  if (call === 'observe') {
    return next && error.code === 'cloud/misconfigured' ? triesNext(lab, now, 'down', reason).change : undefined
  }
  if (call !== 'create') return undefined
  switch (error.code) {
    case 'lab/queue-full':
      return triesNext(lab, now, 'full', reason).change
    case 'cloud/unreachable':
      // Should the stack have been made all the same, the sweep finds it where no lab has it.
      return next ? triesNext(lab, now, 'down', reason).change : undefined
    default:
      return next
        ? triesNext(lab, now, 'failed', reason).change
        : launchFailed(lab, now, 'lab/launch-failed', reason).change
  }
}

function unreachable(lab: Lab, error: LabError, now: Date, { policy }: Pick<Rules, 'policy'>): LabChange {
  if (isOverdue(lab, now, policy)) return overdue(lab, { state: 'unready', why: error.message }, now).change
  const elapsed = lab.startedAt === null ? 0 : now.getTime() - lab.startedAt.getTime()
  const pause = Math.min(MAX_UNREACHABLE_WAIT_MS, Math.max(2_000, elapsed / 4))
  const visible = lab.startedAt !== null && lab.phase !== 'failed'
  return {
    ...(visible ? { problem: error.code === 'cloud/misconfigured' ? error.code : 'cloud/unreachable' } : {}),
    reason: error.message,
    lookAt: after(now, pause),
  }
}

function over(now: Date): Lab['hook'] {
  return { event: 'delete', at: now.toISOString(), done: true }
}
