/**
 * The heart of the lifecycle, pure: what is wanted (`lab`), what is (`seen`), what time it is -> what to write and
 * which one call to make. Level-triggered: it may be asked at any moment, any number of times, after any crash, and
 * leads to where the lab was going. (kubernetes-sigs/controller-runtime, pkg/reconcile: "level-based".)
 */
import type { Policy } from '../config/config.js'
import { type Decision, MAX_ATTEMPTS, type Rules } from './decision.js'
import { deleteFailed, isOverdue, launchFailed, overdue, restFailed, resumeFailed, suspendFailed } from './failure.js'
import type { Lab, LabChange } from './lab.js'
import {
  act,
  create,
  gone,
  hasNext,
  hookStep,
  isLeaving,
  notReady,
  runs,
  sleeps,
  triesNext,
  vanished,
  wait,
  watch,
  workingPhase,
} from './outcome.js'
import type { Seen } from './ports.js'
import { isShortened, leaseFrom } from './wishes.js'

export function decide(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  const wish = atDeadline(lab, now, rules.policy)
  const wanted = wish ? { ...lab, ...wish } : lab
  const decision = towards(wanted, seen, now, rules)
  return wish ? { ...decision, change: { ...wish, ...decision.change } } : decision
}

/** What the clock wants, where nobody said otherwise. */
function atDeadline(lab: Lab, now: Date, policy: Policy): LabChange | undefined {
  const left = isShortened(lab, policy)
  if (lab.desired === 'running' && lab.phase === 'running' && isPast(lab.suspendAt, now)) {
    const cause = left ? 'left' : 'idle'
    return { desired: 'suspended', suspendAt: null, startedAt: null, attempts: 0, cause }
  }
  // Who waits in line with an open page waits on; who has left gives the place up.
  if (lab.desired === 'running' && lab.phase === 'queued' && left && isPast(lab.suspendAt, now)) {
    return { desired: 'absent', cause: 'left' }
  }
  const asleep = lab.phase === 'suspended' || lab.phase === 'failed'
  if (lab.desired === 'suspended' && asleep && isPast(lab.deleteAt, now)) {
    return {
      ...{ desired: 'absent', phase: 'deleting', since: now, startedAt: now },
      ...{ problem: null, attempts: 0, cause: 'deadline' },
    }
  }
  return undefined
}

function isPast(deadline: Date | null, now: Date): boolean {
  return deadline !== null && deadline <= now
}

function towards(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  if (lab.resetting || lab.desired === 'absent') return towardsAbsent(lab, seen, now, rules)
  if (isLeaving(lab)) return towardsNextCloud(lab, seen, now, rules)
  if (lab.desired === 'running') return towardsRunning(lab, seen, now, rules)
  return towardsSuspended(lab, seen, now, rules)
}

function towardsAbsent(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  if (seen.state === 'absent') {
    if (lab.resetting && lab.desired === 'running') return create({ ...lab, resetting: false }, now, rules)
    return gone(lab, now, lab.phase === 'failed' ? 'failed' : 'absent')
  }
  // The remains of a failed launch go while the page still says why it failed.
  const phase = lab.phase === 'failed' ? 'failed' : lab.resetting ? 'resetting' : 'deleting'
  if (seen.state === 'working' && seen.action === 'delete') return wait(lab, now, phase, seen.progress)
  if (seen.state === 'failed' && seen.action === 'delete' && lab.attempts >= MAX_ATTEMPTS) {
    return deleteFailed(lab, now, seen.reason)
  }
  return lastWords(lab, seen, now, rules) ?? act(lab, now, phase, 'delete')
}

/** A lab that is deleted in good order is awake for its delete hook. Whatever fails at this, the deletion goes on. */
function lastWords(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision | undefined {
  const late = lab.startedAt !== null && now.getTime() - lab.startedAt.getTime() >= rules.policy.launchTimeout
  if (lab.phase !== 'deleting' || !rules.hooks.has('delete') || late) return undefined
  switch (seen.state) {
    case 'running':
    case 'unready':
    case 'unbooted':
      return hookStep(lab, now, 'deleting', 'delete', rules)
    case 'suspended':
      return lab.hook === null && lab.attempts < MAX_ATTEMPTS ? act(lab, now, 'deleting', 'resume') : undefined
    case 'working':
      return seen.action === 'create' ? undefined : wait(lab, now, 'deleting', seen.progress)
    case 'absent':
    case 'failed':
      return undefined
    default:
      return seen satisfies never
  }
}

/** What a cloud failed to build is deleted there before the next one is tried. */
function towardsNextCloud(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  if (seen.state === 'absent') {
    return lab.desired === 'running' ? create(lab, now, rules) : gone(lab, now, 'absent')
  }
  if (isOverdue(lab, now, rules.policy)) return overdue(lab, seen, now)
  const deleting = seen.state === 'working' && seen.action === 'delete'
  const decision = deleting ? wait(lab, now, 'launching', undefined) : act(lab, now, 'launching', 'delete')
  return { ...decision, change: { ...decision.change, reason: lab.reason } }
}

function towardsRunning(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  if (isOverdue(lab, now, rules.policy) && seen.state !== 'running') return overdue(lab, seen, now)
  switch (seen.state) {
    case 'absent':
      // It was there and is not any more: the learner must know before a new, empty one is built.
      return lab.phase === 'launching' || lab.phase === 'queued' ? create(lab, now, rules) : vanished(lab, now)
    case 'working':
      return isAtRest(lab) ? watch(now) : wait(lab, now, workingPhase(lab, seen.action), seen.progress)
    case 'unbooted':
      return act(lab, now, 'resuming', 'reboot')
    case 'unready':
      return notReady(lab, now, seen.why)
    case 'running': {
      const hook = lab.phase === 'resuming' ? hookStep(lab, now, 'resuming', 'resume', rules) : undefined
      return hook ?? runs(lab, now, rules.policy)
    }
    case 'suspended':
      // Suspended behind our back, and nobody asked for it since: adopted, not fought.
      if (lab.phase === 'running' && lab.startedAt === null) return sleeps(lab, now, rules.policy, 'adopted')
      return act(lab, now, 'resuming', 'resume')
    case 'failed':
      return failedTowardsRunning(lab, seen, now, rules)
    default:
      return seen satisfies never
  }
}

/** Nobody asked for anything. */
function isAtRest(lab: Lab): boolean {
  return lab.startedAt === null && (lab.phase === 'running' || lab.phase === 'suspended')
}

function failedTowardsRunning(lab: Lab, seen: Seen & { state: 'failed' }, now: Date, rules: Rules): Decision {
  if (seen.action === 'create') {
    if (lab.phase === 'launching' && hasNext(lab, rules.clouds)) return triesNext(lab, now, 'failed', seen.reason)
    return launchFailed(lab, now, 'lab/launch-failed', seen.reason)
  }
  if (seen.action === 'delete') return act({ ...lab, resetting: true }, now, 'resetting', 'delete')
  // A failed suspend leaves servers awake or half asleep, a failed resume half awake: resume answers both.
  if (lab.attempts < MAX_ATTEMPTS) return act(lab, now, 'resuming', 'resume')
  return resumeFailed(lab, now, seen.reason)
}

function towardsSuspended(lab: Lab, seen: Seen, now: Date, rules: Rules): Decision {
  // A page that is told of a failed resume is told so until the learner tries again.
  const failed = lab.phase === 'failed' && lab.problem !== 'lab/suspend-failed'
  switch (seen.state) {
    case 'absent':
      return gone(lab, now, 'absent')
    case 'working':
      if (isAtRest(lab)) return watch(now)
      if (seen.action === 'create' && isOverdue(lab, now, rules.policy)) return overdue(lab, seen, now)
      return wait(lab, now, failed ? 'failed' : workingPhase(lab, seen.action), seen.progress)
    case 'running':
    case 'unready':
    case 'unbooted': {
      const atRest = lab.phase === 'suspended' || (failed && lab.startedAt === null)
      if (atRest) {
        return runs({ ...lab, desired: 'running', ...leaseFrom(now, rules.policy) }, now, rules.policy, 'adopted')
      }
      if (lab.phase === 'failed') return act(lab, now, 'failed', 'suspend')
      return hookStep(lab, now, 'suspending', 'suspend', rules) ?? act(lab, now, 'suspending', 'suspend')
    }
    case 'suspended':
      return failed ? restFailed(lab) : sleeps(lab, now, rules.policy)
    case 'failed':
      return failedTowardsSuspended(lab, seen, now)
    default:
      return seen satisfies never
  }
}

function failedTowardsSuspended(lab: Lab, seen: Seen & { state: 'failed' }, now: Date): Decision {
  if (seen.action === 'create') return launchFailed(lab, now, 'lab/launch-failed', seen.reason)
  if (seen.action === 'delete') return act({ ...lab, desired: 'absent' }, now, 'deleting', 'delete')
  if (lab.phase !== 'failed') {
    return lab.attempts < MAX_ATTEMPTS ? act(lab, now, 'suspending', 'suspend') : suspendFailed(lab, now, seen.reason)
  }
  // A lab that could not be woken is put to sleep again where the cloud can; it is never deleted for that.
  const again = lab.startedAt !== null || lab.problem === 'lab/suspend-failed'
  if (again && lab.attempts < MAX_ATTEMPTS) return act(lab, now, 'failed', 'suspend')
  return lab.problem === 'lab/suspend-failed' ? suspendFailed(lab, now, seen.reason) : restFailed(lab)
}
