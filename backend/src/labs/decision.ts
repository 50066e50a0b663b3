/** What is decided of a lab by one look, by what rules, and the words that all outcomes share. Pure. */
import type { Policy } from '../config/config.js'
import type { CloudAction, HookEvent, Lab, LabChange } from './lab.js'

export interface Decision {
  readonly change: LabChange
  /** At most one call, made after `change` is committed. */
  readonly call?: CloudAction | 'reboot'
  /** A script to run on the lab, in place of a call; the lab is looked at when it ends. */
  readonly hook?: HookEvent
  /** Work that just ended, for the estimate. */
  readonly finished?: { readonly kind: 'launch' | 'resume'; readonly seconds: number }
}

export interface Rules {
  readonly policy: Policy
  /** Where a lab that has no stack goes now: a cloud, in line, or nowhere at all. */
  readonly placement: { readonly cloud: string; readonly stack: string } | 'full' | 'nowhere'
  /** Clouds that may build the lab, in order. */
  readonly clouds: readonly string[]
  /** Scripts that the lab has. */
  readonly hooks: ReadonlySet<HookEvent>
}

/** Tries of a call that a cloud accepted and then failed to do. */
export const MAX_ATTEMPTS = 3

export const AT_REST = { attempts: 0, progress: null, startedAt: null, hook: null, rebooted: false } as const

/** `since` moves with the phase only. */
export function enter(lab: Lab, now: Date, phase: Lab['phase']): LabChange {
  return lab.phase === phase ? {} : { phase, since: now }
}

/** Characters kept of what a cloud or a host says. */
export function shortened(reason: string): string {
  return reason.slice(0, 2000)
}
