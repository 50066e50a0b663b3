/**
 * Stacks that Heat lets neither suspend nor resume: with convergence, an engine that dies in the middle of a resume
 * leaves its servers “resuming” for good, and a check that failed leaves them “checked”. A check that succeeds ends both.
 */
import type { HeatStack } from './answers.js'
import { ApiError } from './api-error.js'
import type { Heat } from './heat.js'
import type { Nova } from './nova.js'
import { SetupError } from './setup-error.js'

/** Heat's words for a resource, in the reason of its stack. */
const STUCK = /State \('(?:RESUME', 'IN_PROGRESS|CHECK', '(?:FAILED|IN_PROGRESS))'\) invalid for (?:suspend|resume)/

export function isStuck({ stack_status: status, stack_status_reason: reason }: HeatStack): boolean {
  return status.endsWith('_FAILED') && STUCK.test(reason ?? '')
}

/** Wakes the servers past Heat, then lets Heat see that they are awake. Nothing is replaced, as an update might do. */
export async function mend(stack: HeatStack, heat: Heat, nova: Nova): Promise<void> {
  try {
    for (const server of await heat.servers(stack)) await nova.resume(server)
  } catch (error) {
    // No Nova in the catalogue: then they woke by themselves, or the check says that they did not.
    if (!(error instanceof SetupError)) throw error
  }
  await heat.act(stack, 'check')
}

/**
 * Takes the lock of an engine that died from its stack. The classic Heat's delete waits `error_wait_time` and ten seconds
 * (250 by default) for the lock's owner, even where that one is dead; every other action takes a dead one's lock at once
 * (heat/engine/service.py `delete_stack`, stack_lock.py `acquire`). A check changes nothing of what is deleted next.
 */
export async function freeLock(stack: HeatStack, heat: Heat): Promise<void> {
  try {
    await heat.act(stack, 'check')
  } catch (error) {
    if (!isUnderWay(error)) throw error
  }
}

/** Heat refuses a call because another one is really in progress. */
export function isUnderWay(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409
}
