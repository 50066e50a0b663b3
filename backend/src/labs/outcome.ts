/**
 * What may come of work on a lab, each as one change of its row and at most one call. Pure; `decide` chooses.
 */
import type { Policy } from '../config/config.js'
import { AT_REST, type Decision, enter, type Rules, shortened } from './decision.js'
import { launchFailed } from './failure.js'
import type { CloudAction, HookEvent, Lab, LabChange } from './lab.js'
import { after, isShortened, leaseFrom } from './wishes.js'

/** A hook is given up after this, milliseconds: its script is killed, and the work goes on. */
export const HOOK_LIMIT_MS = 60_000

/** A lab in line asks again by itself, for a cloud that has room without our knowing. */
const QUEUE_RETRY_MS = 15_000

/** Looks at work that is not ours, milliseconds. */
const WATCH_MS = 5_000

/** Writes stack and cloud before the call, so that a create that was killed is found again by name. */
export function create(lab: Lab, now: Date, rules: Rules): Decision {
  if (rules.placement === 'full') return queue(lab, now)
  if (rules.placement === 'nowhere') {
    return launchFailed(lab, now, 'lab/launch-failed', lab.reason ?? 'no cloud takes this lab')
  }
  const { cloud, stack } = rules.placement
  const again = lab.cloud === cloud && lab.stack === stack
  // Each cloud has its own time; a reset is timed from its beginning.
  const decision = act(again ? lab : { ...lab, startedAt: now, attempts: 0 }, now, 'launching', 'create')
  return { ...decision, change: { ...decision.change, cloud, stack, resetting: false } }
}

/** Waits for a room, behind all who wait already; keeps its place however often it asks. */
function queue(lab: Lab, now: Date): Decision {
  const failed = Object.entries(lab.tried).filter(([, why]) => why === 'failed')
  return {
    change: {
      ...AT_REST,
      ...enter(lab, now, 'queued'),
      desired: lab.desired,
      resetting: false,
      cloud: null,
      stack: null,
      problem: null,
      queuedAt: lab.queuedAt ?? now,
      tried: Object.fromEntries(failed),
      lookAt: after(now, QUEUE_RETRY_MS),
    },
  }
}

/** A cloud of this launch is done with: the next one, once what may be there is deleted. */
export function triesNext(lab: Lab, now: Date, why: Lab['tried'][string], reason: string): Decision {
  if (lab.cloud === null) return launchFailed(lab, now, 'lab/launch-failed', reason)
  const left = why === 'failed' ? {} : { cloud: null, stack: null }
  return {
    change: {
      ...left,
      ...enter(lab, now, 'launching'),
      resetting: false,
      tried: { ...lab.tried, [lab.cloud]: why },
      startedAt: now,
      attempts: 0,
      progress: null,
      problem: null,
      reason: shortened(reason),
      lookAt: now,
    },
  }
}

/** Whether a launch that fails here may still succeed elsewhere, now or when there is room. */
export function hasNext(lab: Lab, clouds: readonly string[]): boolean {
  return clouds.some((cloud) => cloud !== lab.cloud && (lab.tried[cloud] ?? 'full') === 'full')
}

/** It failed on the cloud that it is still on: what is there is being deleted. */
export function isLeaving(lab: Lab): boolean {
  return lab.cloud !== null && lab.tried[lab.cloud] === 'failed'
}

/** Runs the hook of an event once; undefined when there is none, it is over, or it takes too long. */
export function hookStep(
  lab: Lab,
  now: Date,
  phase: Lab['phase'],
  event: HookEvent,
  { hooks }: Rules,
): Decision | undefined {
  if (!hooks.has(event)) return undefined
  const change = { ...enter(lab, now, phase), desired: lab.desired, startedAt: lab.startedAt ?? now, attempts: 0 }
  if (lab.hook?.event !== event) {
    const until = after(now, HOOK_LIMIT_MS)
    return { hook: event, change: { ...change, hook: { event, at: now.toISOString(), done: false }, lookAt: until } }
  }
  const until = after(new Date(lab.hook.at), HOOK_LIMIT_MS)
  return lab.hook.done || until <= now ? undefined : { change: { ...change, lookAt: until } }
}

/** Makes a call; looks again after a while that grows with the failures in a row. */
export function act(lab: Lab, now: Date, phase: Lab['phase'], call: CloudAction | 'reboot'): Decision {
  return {
    call,
    change: {
      desired: lab.desired,
      resetting: lab.resetting,
      ...enter(lab, now, phase),
      ...(phase === 'failed' ? {} : { problem: null, reason: null }),
      startedAt: lab.startedAt ?? now,
      attempts: lab.attempts + 1,
      ...(call === 'resume' ? { rebooted: false } : {}),
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
      ...seenInCloud(),
      lookAt: after(now, pollInterval(lab, now)),
    },
  }
}

/** Somebody works on a lab at rest, in the cloud by hand: what comes of it is adopted when it is done. */
export function watch(now: Date): Decision {
  return { change: { lookAt: after(now, WATCH_MS) } }
}

/** The servers are there, and what the learner came for does not answer yet. `why` is for staff. */
export function notReady(lab: Lab, now: Date, why: string): Decision {
  const phase = lab.phase === 'launching' ? 'launching' : 'resuming'
  const { change } = wait(lab, now, phase, lab.progress)
  return { change: { ...change, reason: shortened(why), ...seenInCloud() } }
}

/** The cloud has let it in: it leaves the line. */
function seenInCloud(): LabChange {
  return { queuedAt: null }
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
      tried: {},
      ...seenInCloud(),
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
      tried: {},
      queuedAt: null,
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

/**
 * A tenth of the time it takes already, 0.1 to 1.5 seconds: quick for what is quick, and in the median less than a
 * second late for what is not. Where many wait at once, `Looks` asks for all of them together.
 */
function pollInterval(lab: Lab, now: Date): number {
  const elapsed = lab.startedAt === null ? 0 : now.getTime() - lab.startedAt.getTime()
  return Math.min(1_500, Math.max(100, elapsed / 10))
}
