import type { CloudAction } from '../../labs/lab.js'

/** What Heat's status means for a lab. Pure. */
export type StackState =
  | { readonly state: 'absent' }
  | { readonly state: 'running' }
  | { readonly state: 'suspended' }
  | { readonly state: 'working'; readonly action: CloudAction }
  | { readonly state: 'failed'; readonly action: CloudAction }

const OURS: Readonly<Record<string, CloudAction>> = {
  INIT: 'create',
  ADOPT: 'create',
  CREATE: 'create',
  SUSPEND: 'suspend',
  RESUME: 'resume',
  DELETE: 'delete',
}

/**
 * `<ACTION>_<STATUS>`, as in `CREATE_COMPLETE`. What an operator does to a stack (update, rollback, check, snapshot,
 * restore) is waited out as a way to `running`, which never ends in a delete; and when it failed, the servers are still
 * there, so the lab is taken for running and its terminals tell the rest.
 */
export function stateOf(status: string): StackState {
  const [, action = '', end] = /^([A-Z]+)_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(status) ?? []
  const known = OURS[action]
  switch (end) {
    case 'IN_PROGRESS':
      return { state: 'working', action: known ?? 'resume' }
    case 'COMPLETE':
      if (action === 'INIT') return { state: 'working', action: 'create' }
      if (known === 'delete') return { state: 'absent' }
      return { state: known === 'suspend' ? 'suspended' : 'running' }
    case 'FAILED':
      return known === undefined ? { state: 'running' } : { state: 'failed', action: known }
    default:
      // A status that a later Heat may have: nothing is known, so nothing is done.
      return { state: 'working', action: 'resume' }
  }
}

/**
 * What leads from here to the state that is wanted. Heat suspends nothing whose resume failed and resumes nothing whose
 * suspend failed ("State … invalid"): there the other one is tried again first, and the next look goes on.
 * `wait` = something is in progress: Heat would take the call (with convergence), and then fail both.
 */
export type Step = 'suspend' | 'resume' | 'nothing' | 'wait' | 'refuse'

export function stepTo(wanted: 'suspend' | 'resume', seen: StackState): Step {
  switch (seen.state) {
    case 'absent':
      return 'refuse'
    case 'working':
      return seen.action === wanted ? 'nothing' : 'wait'
    case 'running':
      return wanted === 'suspend' ? 'suspend' : 'nothing'
    case 'suspended':
      return wanted === 'resume' ? 'resume' : 'nothing'
    case 'failed':
      return seen.action === 'suspend' || seen.action === 'resume' ? seen.action : 'refuse'
    default:
      return seen satisfies never
  }
}
