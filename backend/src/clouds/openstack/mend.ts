/**
 * Stacks that Heat lets neither suspend nor resume: with convergence, an engine that dies in the middle of a resume
 * leaves its servers “resuming” for good, and a check that failed leaves them “checked”. A check that succeeds ends both.
 */
import type { HeatStack } from './answers.js'
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
