/**
 * What people and pages ask of a lab, as pure changes of its row. None of them touches a cloud: they say where the lab
 * should go, and the reconciler takes it there.
 */
import type { Policy } from '../config/config.js'
import type { Lab, LabChange } from './lab.js'

export type Lease = Pick<Lab, 'activeAt' | 'suspendAt' | 'deleteAt'>

/** Deadlines as they follow from somebody being active at `now`. */
export function leaseFrom(now: Date, policy: Policy): Lease {
  return {
    activeAt: now,
    suspendAt: after(now, policy.idleSuspend),
    deleteAt: policy.deleteAfter === 0 ? null : after(now, policy.deleteAfter),
  }
}

/** Launches or resumes; renews the lease of a lab that runs. Idempotent, and right in the middle of anything. */
export function start(lab: Lab, now: Date, policy: Policy): LabChange {
  const common = {
    desired: 'running',
    ...leaseFrom(now, policy),
    startedAt: lab.startedAt ?? now,
    lookAt: now,
  } as const
  switch (lab.phase) {
    case 'absent':
      return {
        ...common,
        phase: 'launching',
        since: now,
        startedAt: now,
        attempts: 0,
        problem: null,
        tried: {},
        queuedAt: null,
        cause: 'start',
      }
    case 'suspended':
      return { ...common, phase: 'resuming', since: now, startedAt: now, attempts: 0, problem: null, cause: 'start' }
    case 'failed': {
      // A launch that failed left nothing worth keeping: what remains of it is cleared away first.
      const neverRan = lab.stack === null || lab.problem === 'lab/launch-failed' || lab.problem === 'lab/launch-timeout'
      return {
        ...common,
        phase: neverRan ? 'launching' : 'resuming',
        since: now,
        startedAt: now,
        attempts: 0,
        problem: null,
        reason: null,
        resetting: lab.resetting || (neverRan && lab.stack !== null),
        tried: {},
        queuedAt: null,
        cause: 'start',
      }
    }
    case 'deleting':
      // Deleted by its deadline or by staff while the learner comes back: finished, then a new one is built.
      return { ...common, phase: 'resetting', since: now, startedAt: now, resetting: true, cause: 'start' }
    case 'queued':
    case 'launching':
    case 'running':
    case 'suspending':
    case 'resuming':
    case 'resetting':
      return common
    default:
      return lab.phase satisfies never
  }
}

/** Somebody was active. Wakes nobody: a lab that sleeps, or is on its way to sleep, stays so until `start`. */
export function touch(lab: Lab, now: Date, policy: Policy): LabChange | undefined {
  if (lab.desired !== 'running') return undefined
  const lease = leaseFrom(now, policy)
  // The look that was planned may come early and finds nothing to do: cheaper than moving a job at every touch.
  const planned = lab.lookAt !== null && lease.suspendAt !== null && lab.lookAt <= lease.suspendAt
  return planned ? lease : { ...lease, lookAt: lease.suspendAt }
}

/**
 * Pauses at the learner's or an operator's word. A launch under way is finished first. What is to go away, as after a
 * launch that failed, is not called back by this: its deletion may be on its way to the cloud.
 */
export function suspend(lab: Lab, now: Date, cause: string): LabChange | undefined {
  if (lab.desired !== 'running' || lab.resetting) return undefined
  const common = { desired: 'suspended', suspendAt: null, lookAt: now } as const
  return lab.phase === 'running'
    ? { ...common, phase: 'suspending', since: now, startedAt: now, attempts: 0, cause }
    : common
}

/** Deletes what is there, then builds anew: the learner's own wish, confirmed on the page. */
export function reset(lab: Lab, now: Date, policy: Policy): LabChange {
  if (lab.stack === null) return start(lab, now, policy)
  const lease = leaseFrom(now, policy)
  if (lab.resetting) return { ...lease, desired: 'running', lookAt: now }
  return {
    ...lease,
    desired: 'running',
    resetting: true,
    phase: 'resetting',
    since: now,
    startedAt: now,
    attempts: 0,
    problem: null,
    reason: null,
    tried: {},
    lookAt: now,
    cause: 'reset',
  }
}

/** Deletes the lab and its work, at an operator's word. */
export function remove(lab: Lab, now: Date, cause: string): LabChange | undefined {
  if (lab.phase === 'absent' && lab.stack === null) return undefined
  return {
    desired: 'absent',
    resetting: false,
    phase: 'deleting',
    since: now,
    startedAt: now,
    attempts: 0,
    problem: null,
    suspendAt: null,
    lookAt: now,
    cause,
  }
}

const WAITING: ReadonlySet<Lab['phase']> = new Set(['queued', 'launching', 'resuming', 'resetting'])

/** The last page went away at `at`: what is left of the lease is the grace, never more than it was. */
export function left(lab: Lab, at: Date, policy: Policy): LabChange | undefined {
  if (lab.desired !== 'running') return undefined
  const grace = after(at, policy.leaveGrace)
  // Who waits with the page open was there until now.
  if (WAITING.has(lab.phase)) return { activeAt: at, suspendAt: grace, lookAt: earlier(lab.lookAt, grace) }
  if (lab.suspendAt !== null && lab.suspendAt <= grace) return undefined
  return { suspendAt: grace, lookAt: earlier(lab.lookAt, grace) }
}

/** A page is back: the lease is again what the last activity earned. Being open is not being active. */
export function returned(lab: Lab, policy: Policy): LabChange | undefined {
  if (lab.desired !== 'running' || lab.activeAt === null || lab.suspendAt === null) return undefined
  const earned = after(lab.activeAt, policy.idleSuspend)
  return earned > lab.suspendAt ? { suspendAt: earned } : undefined
}

/** Whether the last page is gone, seen from the deadline alone. */
export function isShortened(lab: Lab, policy: Policy): boolean {
  return lab.activeAt !== null && lab.suspendAt !== null && lab.suspendAt < after(lab.activeAt, policy.idleSuspend)
}

export function after(date: Date, milliseconds: number): Date {
  return new Date(date.getTime() + milliseconds)
}

export function earlier(a: Date | null, b: Date): Date {
  return a !== null && a < b ? a : b
}
