/**
 * What may come of looking at a lab, each as one change of its row and at most one call. Pure; `decide` chooses.
 */
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

const AT_REST = { attempts: 0, progress: null, startedAt: null } as const

/** It keeps running and costing: tried again now and then. */
export function suspendFailed(lab: Lab, now: Date, reason: string): Decision {
  return fail(lab, now, 'lab/suspend-failed', reason, { lookAt: after(now, SUSPEND_RETRY_MS) })
}

/** Writes stack and cloud before the call, so that a create that was killed is found again by name. */
export function create(lab: Lab, now: Date, rules: Rules): Decision {
  const stack = lab.stack === null ? rules.placement : { cloud: lab.cloud, stack: lab.stack }
  const decision = act(lab, now, 'launching', 'create')
  return { ...decision, change: { ...decision.change, ...stack, resetting: false } }
}

/** Makes a call; looks again after a while that grows with the failures in a row. */
export function act(lab: Lab, now: Date, phase: Lab['phase'], call: CloudAction): Decision {
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

export function wait(lab: Lab, now: Date, phase: Lab['phase'], progress: Lab['progress'] | undefined): Decision {
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

export function runs(lab: Lab, now: Date, policy: Policy, cause?: string): Decision {
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

export function sleeps(lab: Lab, now: Date, policy: Policy, cause?: string): Decision {
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
export function restFailed(lab: Lab): Decision {
  return { change: { attempts: 0, progress: null, lookAt: lab.deleteAt } }
}

export function gone(lab: Lab, now: Date, phase: 'absent' | 'failed'): Decision {
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

export function vanished(lab: Lab, now: Date): Decision {
  const { change } = gone(lab, now, 'failed')
  return { change: { ...change, problem: 'lab/removed', cause: 'vanished' } }
}

/** Nothing that ever ran is lost here: the remains are deleted, and the learner may try again. */
export function launchFailed(
  lab: Lab,
  now: Date,
  problem: 'lab/launch-failed' | 'lab/launch-timeout',
  reason: string,
): Decision {
  return fail(lab, now, problem, reason, { desired: 'absent', resetting: false, lookAt: now })
}

export function fail(
  lab: Lab,
  now: Date,
  problem: NonNullable<Lab['problem']>,
  reason: string,
  more: LabChange,
): Decision {
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

export function isOverdue(lab: Lab, now: Date, policy: Policy): boolean {
  const launching = lab.phase === 'launching' || lab.phase === 'resuming'
  return launching && lab.startedAt !== null && after(lab.startedAt, policy.launchTimeout) <= now
}

export function overdue(lab: Lab, observed: Observed, now: Date): Decision {
  if (lab.phase === 'launching') return launchFailed(lab, now, 'lab/launch-timeout', `still ${observed.state}`)
  return fail(lab, now, 'lab/resume-failed', `timed out, still ${observed.state}`, {
    desired: 'suspended',
    lookAt: now,
  })
}

export function workingPhase(lab: Lab, action: CloudAction): Lab['phase'] {
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

/** `since` moves with the phase only. */
function enter(lab: Lab, now: Date, phase: Lab['phase']): LabChange {
  return lab.phase === phase ? {} : { phase, since: now }
}

/** A tenth of the time it takes already, 0.1 to 5 seconds: quick for what is quick, gentle for what is not. */
function pollInterval(lab: Lab, now: Date): number {
  const elapsed = lab.startedAt === null ? 0 : now.getTime() - lab.startedAt.getTime()
  return Math.min(5_000, Math.max(100, elapsed / 10))
}
