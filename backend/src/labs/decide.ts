/**
 * The heart of the lifecycle, pure: what is wanted (`lab`), what is (`observed`), what time it is -> what to write and
 * which one call to make. Level-triggered: it may be asked at any moment, any number of times, after any crash, and
 * leads to where the lab was going. (kubernetes-sigs/controller-runtime, pkg/reconcile: "level-based".)
 */
import type { LabError } from '../../../src/wire/problems.js'
import type { Policy } from '../config/config.js'
import type { CloudAction, Lab, LabChange } from './lab.js'
import {
  act,
  create,
  type Decision,
  fail,
  gone,
  isOverdue,
  launchFailed,
  MAX_ATTEMPTS,
  overdue,
  type Rules,
  restFailed,
  runs,
  sleeps,
  suspendFailed,
  vanished,
  wait,
  workingPhase,
} from './outcome.js'
import type { Observed } from './ports.js'
import { after, isShortened, leaseFrom } from './wishes.js'

const MAX_UNREACHABLE_WAIT_MS = 60_000

export function decide(lab: Lab, observed: Observed, now: Date, rules: Rules): Decision {
  const wish = atDeadline(lab, now, rules.policy)
  const wanted = wish ? { ...lab, ...wish } : lab
  const decision = towards(wanted, observed, now, rules)
  return wish ? { ...decision, change: { ...wish, ...decision.change } } : decision
}

/** What the clock wants, where nobody said otherwise. */
function atDeadline(lab: Lab, now: Date, policy: Policy): LabChange | undefined {
  if (lab.desired === 'running' && lab.phase === 'running' && isPast(lab.suspendAt, now)) {
    const cause = isShortened(lab, policy) ? 'left' : 'idle'
    return { desired: 'suspended', suspendAt: null, startedAt: null, attempts: 0, cause }
  }
  const asleep = lab.phase === 'suspended' || lab.phase === 'failed'
  if (lab.desired === 'suspended' && asleep && isPast(lab.deleteAt, now)) {
    return { desired: 'absent', phase: 'deleting', since: now, problem: null, attempts: 0, cause: 'deadline' }
  }
  return undefined
}

function isPast(deadline: Date | null, now: Date): boolean {
  return deadline !== null && deadline <= now
}

function towards(lab: Lab, observed: Observed, now: Date, rules: Rules): Decision {
  if (lab.resetting || lab.desired === 'absent') return towardsAbsent(lab, observed, now, rules)
  if (lab.desired === 'running') return towardsRunning(lab, observed, now, rules)
  return towardsSuspended(lab, observed, now, rules)
}

function towardsAbsent(lab: Lab, observed: Observed, now: Date, rules: Rules): Decision {
  if (observed.state === 'absent') {
    if (lab.resetting && lab.desired === 'running') return create({ ...lab, resetting: false }, now, rules)
    return gone(lab, now, lab.phase === 'failed' ? 'failed' : 'absent')
  }
  // The remains of a failed launch go while the page still says why it failed.
  const phase = lab.phase === 'failed' ? 'failed' : lab.resetting ? 'resetting' : 'deleting'
  if (observed.state === 'working' && observed.action === 'delete') return wait(lab, now, phase, observed.progress)
  if (observed.state === 'failed' && observed.action === 'delete' && lab.attempts >= MAX_ATTEMPTS) {
    return fail(lab, now, 'lab/delete-failed', observed.reason, {})
  }
  return act(lab, now, phase, 'delete')
}

function towardsRunning(lab: Lab, observed: Observed, now: Date, rules: Rules): Decision {
  if (isOverdue(lab, now, rules.policy) && observed.state !== 'running') return overdue(lab, observed, now)
  switch (observed.state) {
    case 'absent':
      // It was there and is not any more: the learner must know before a new, empty one is built.
      return lab.phase === 'launching' ? create(lab, now, rules) : vanished(lab, now)
    case 'working':
      return wait(lab, now, workingPhase(lab, observed.action), observed.progress)
    case 'running':
      return runs(lab, now, rules.policy)
    case 'suspended':
      // Suspended behind our back, and nobody asked for it since: adopted, not fought.
      if (lab.phase === 'running' && lab.startedAt === null) return sleeps(lab, now, rules.policy, 'adopted')
      return act(lab, now, 'resuming', 'resume')
    case 'failed':
      return failedTowardsRunning(lab, observed, now)
    default:
      return observed satisfies never
  }
}

function failedTowardsRunning(lab: Lab, observed: Observed & { state: 'failed' }, now: Date): Decision {
  if (observed.action === 'create') return launchFailed(lab, now, 'lab/launch-failed', observed.reason)
  if (observed.action === 'delete') return act({ ...lab, resetting: true }, now, 'resetting', 'delete')
  // A failed suspend leaves servers awake or half asleep, a failed resume half awake: resume answers both.
  if (lab.attempts < MAX_ATTEMPTS) return act(lab, now, 'resuming', 'resume')
  return fail(lab, now, 'lab/resume-failed', observed.reason, { desired: 'suspended' })
}

function towardsSuspended(lab: Lab, observed: Observed, now: Date, rules: Rules): Decision {
  switch (observed.state) {
    case 'absent':
      return gone(lab, now, 'absent')
    case 'working':
      if (observed.action === 'create' && isOverdue(lab, now, rules.policy)) return overdue(lab, observed, now)
      return wait(lab, now, workingPhase(lab, observed.action), observed.progress)
    case 'running':
      if (lab.phase === 'suspended') {
        return runs({ ...lab, desired: 'running', ...leaseFrom(now, rules.policy) }, now, rules.policy, 'adopted')
      }
      return act(lab, now, 'suspending', 'suspend')
    case 'suspended':
      return lab.phase === 'failed' ? restFailed(lab) : sleeps(lab, now, rules.policy)
    case 'failed':
      return failedTowardsSuspended(lab, observed, now)
    default:
      return observed satisfies never
  }
}

function failedTowardsSuspended(lab: Lab, observed: Observed & { state: 'failed' }, now: Date): Decision {
  if (observed.action === 'create') return launchFailed(lab, now, 'lab/launch-failed', observed.reason)
  if (observed.action === 'delete') return act({ ...lab, desired: 'absent' }, now, 'deleting', 'delete')
  // A lab that could not be woken stays as it is and says so; it is never deleted for that.
  if (lab.phase === 'failed' && lab.problem !== 'lab/suspend-failed') return restFailed(lab)
  if (lab.attempts < MAX_ATTEMPTS) return act(lab, now, lab.phase === 'failed' ? 'failed' : 'suspending', 'suspend')
  return suspendFailed(lab, now, observed.reason)
}

/** What a call or a look that threw means: the cloud's word is missing or a no, and neither loses a lab. */
export function afterFailure(
  lab: Lab,
  call: CloudAction | 'observe',
  error: LabError,
  now: Date,
  policy: Policy,
): LabChange {
  const reason = error.message
  if (call === 'observe' || error.code === 'cloud/unreachable') {
    if (isOverdue(lab, now, policy)) return overdue(lab, { state: 'working', action: 'create' }, now).change
    const elapsed = lab.startedAt === null ? 0 : now.getTime() - lab.startedAt.getTime()
    const pause = Math.min(MAX_UNREACHABLE_WAIT_MS, Math.max(2_000, elapsed / 4))
    const visible = lab.startedAt !== null && lab.phase !== 'failed'
    return { ...(visible ? { problem: 'cloud/unreachable' } : {}), reason, lookAt: after(now, pause) }
  }
  if (call === 'create') return launchFailed(lab, now, 'lab/launch-failed', reason).change
  if (lab.attempts < MAX_ATTEMPTS) return { reason, lookAt: after(now, 1_000 * 2 ** lab.attempts) }
  switch (call) {
    case 'resume':
      return fail(lab, now, 'lab/resume-failed', reason, { desired: 'suspended' }).change
    case 'suspend':
      return suspendFailed(lab, now, reason).change
    case 'delete':
      return fail(lab, now, 'lab/delete-failed', reason, {}).change
    default:
      return call satisfies never
  }
}
