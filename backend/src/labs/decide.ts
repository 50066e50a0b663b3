/**
 * The heart of the lifecycle, pure: what is wanted (`lab`), what is (`observed`), what time it is -> what to write and
 * which one call to make. Level-triggered: it may be asked at any moment, any number of times, after any crash, and
 * leads to where the lab was going. (kubernetes-sigs/controller-runtime, pkg/reconcile: "level-based".)
 */
import type { LabError } from '../../../src/wire/problems.js'
import type { Policy } from '../config/config.js'
import type { CloudAction, Lab, LabChange } from './lab.js'
import type { Observed } from './ports.js'
import { after, isShortened, leaseFrom } from './wishes.js'

export interface Decision {
  readonly change: LabChange
  /** At most one call, made after `change` is committed. */
  readonly call?: CloudAction
  /** Work that just ended, for the estimate. */
  readonly finished?: { readonly kind: 'launch' | 'resume'; readonly seconds: number }
}

export interface Rules {
  readonly policy: Policy
  /** Where a lab that has no stack yet goes. */
  readonly placement: { readonly cloud: string; readonly stack: string }
}

/** Tries of a call that a cloud accepted and then failed to do. */
export const MAX_ATTEMPTS = 3

const SUSPEND_RETRY_MS = 10 * 60_000
const MAX_UNREACHABLE_WAIT_MS = 60_000

const AT_REST = { attempts: 0, progress: null, startedAt: null } as const

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

/** It keeps running and costing: tried again now and then. */
function suspendFailed(lab: Lab, now: Date, reason: string): Decision {
  return fail(lab, now, 'lab/suspend-failed', reason, { lookAt: after(now, SUSPEND_RETRY_MS) })
}

/** Writes stack and cloud before the call, so that a create that was killed is found again by name. */
function create(lab: Lab, now: Date, rules: Rules): Decision {
  const stack = lab.stack === null ? rules.placement : { cloud: lab.cloud, stack: lab.stack }
  const decision = act(lab, now, 'launching', 'create')
  return { ...decision, change: { ...decision.change, ...stack, resetting: false } }
}

/** Makes a call; looks again after a while that grows with the failures in a row. */
function act(lab: Lab, now: Date, phase: Lab['phase'], call: CloudAction): Decision {
  return {
    call,
    change: {
      desired: lab.desired,
      resetting: lab.resetting,
      ...enter(lab, now, phase),
      ...(phase === 'failed' ? {} : { problem: null, reason: null }),
      startedAt: lab.startedAt ?? now,
      attempts: lab.attempts + 1,
      lookAt: after(now, pollInterval(lab, now)),
    },
  }
}

function wait(lab: Lab, now: Date, phase: Lab['phase'], progress: Lab['progress'] | undefined): Decision {
  return {
    change: {
      ...enter(lab, now, phase),
      ...(phase === 'failed' ? {} : { problem: null, reason: null }),
      progress: progress ?? null,
      startedAt: lab.startedAt ?? now,
      lookAt: after(now, pollInterval(lab, now)),
    },
  }
}

function runs(lab: Lab, now: Date, policy: Policy, cause?: string): Decision {
  const launched = lab.phase === 'launching' || lab.phase === 'resuming'
  // The wait for a launch is not idleness; but if the last page left meanwhile, only the grace is left.
  const lease = !launched
    ? {}
    : isShortened(lab, policy)
      ? { suspendAt: after(now, policy.leaveGrace) }
      : leaseFrom(now, policy)
  const suspendAt = 'suspendAt' in lease ? lease.suspendAt : lab.suspendAt
  const finished =
    launched && lab.startedAt !== null
      ? {
          kind: lab.phase === 'launching' ? ('launch' as const) : ('resume' as const),
          seconds: (now.getTime() - lab.startedAt.getTime()) / 1000,
        }
      : undefined
  return {
    change: {
      desired: lab.desired,
      ...AT_REST,
      ...enter(lab, now, 'running'),
      ...(cause === undefined ? {} : { cause }),
      activeAt: lab.activeAt,
      deleteAt: lab.deleteAt,
      ...lease,
      suspendAt,
      problem: null,
      reason: null,
      lookAt: suspendAt,
    },
    ...(finished ? { finished } : {}),
  }
}

function sleeps(lab: Lab, now: Date, policy: Policy, cause?: string): Decision {
  const deleteAt =
    lab.phase === 'suspended' ? lab.deleteAt : policy.deleteAfter === 0 ? null : after(now, policy.deleteAfter)
  return {
    change: {
      desired: 'suspended',
      ...AT_REST,
      ...enter(lab, now, 'suspended'),
      ...(cause === undefined ? {} : { cause }),
      suspendAt: null,
      deleteAt,
      problem: null,
      reason: null,
      lookAt: deleteAt,
    },
  }
}

/** A failed lab stays until somebody wants something; its deadline still counts. */
function restFailed(lab: Lab): Decision {
  return { change: { attempts: 0, progress: null, lookAt: lab.deleteAt } }
}

function gone(lab: Lab, now: Date, phase: 'absent' | 'failed'): Decision {
  return {
    change: {
      ...AT_REST,
      ...enter(lab, now, phase),
      ...(phase === 'failed' ? {} : { problem: null, reason: null }),
      desired: 'absent',
      resetting: false,
      cloud: null,
      stack: null,
      activeAt: null,
      suspendAt: null,
      deleteAt: null,
      lookAt: null,
    },
  }
}

function vanished(lab: Lab, now: Date): Decision {
  const { change } = gone(lab, now, 'failed')
  return { change: { ...change, problem: 'lab/removed', cause: 'vanished' } }
}

/** Nothing that ever ran is lost here: the remains are deleted, and the learner may try again. */
function launchFailed(
  lab: Lab,
  now: Date,
  problem: 'lab/launch-failed' | 'lab/launch-timeout',
  reason: string,
): Decision {
  return fail(lab, now, problem, reason, { desired: 'absent', resetting: false, lookAt: now })
}

function fail(lab: Lab, now: Date, problem: NonNullable<Lab['problem']>, reason: string, more: LabChange): Decision {
  return {
    change: {
      ...AT_REST,
      ...enter(lab, now, 'failed'),
      problem,
      reason: reason.slice(0, 2000),
      suspendAt: null,
      lookAt: lab.deleteAt,
      cause: problem,
      ...more,
    },
  }
}

function isOverdue(lab: Lab, now: Date, policy: Policy): boolean {
  const launching = lab.phase === 'launching' || lab.phase === 'resuming'
  return launching && lab.startedAt !== null && after(lab.startedAt, policy.launchTimeout) <= now
}

function overdue(lab: Lab, observed: Observed, now: Date): Decision {
  if (lab.phase === 'launching') return launchFailed(lab, now, 'lab/launch-timeout', `still ${observed.state}`)
  return fail(lab, now, 'lab/resume-failed', `timed out, still ${observed.state}`, {
    desired: 'suspended',
    lookAt: now,
  })
}

function workingPhase(lab: Lab, action: CloudAction): Lab['phase'] {
  switch (action) {
    case 'create':
      return 'launching'
    case 'suspend':
      return 'suspending'
    case 'resume':
      return 'resuming'
    case 'delete':
      return lab.desired === 'running' ? 'launching' : 'deleting'
    default:
      return action satisfies never
  }
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

/** `since` moves with the phase only. */
function enter(lab: Lab, now: Date, phase: Lab['phase']): LabChange {
  return lab.phase === phase ? {} : { phase, since: now }
}

/** A tenth of the time it takes already, 0.1 to 5 seconds: quick for what is quick, gentle for what is not. */
export function pollInterval(lab: Lab, now: Date): number {
  const elapsed = lab.startedAt === null ? 0 : now.getTime() - lab.startedAt.getTime()
  return Math.min(5_000, Math.max(100, elapsed / 10))
}
