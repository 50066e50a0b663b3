/** Stops and continues all processes of a lab. */

import type { Clock } from '../../labs/clock.js'
import { identityOf, type ProcessInfo } from './process-table.js'
import { type ProcessTree, send } from './process-tree.js'
import { WorkFailed } from './work-context.js'

/** Looks in a row that find nothing running: a process that ended may have left a child behind the back of one. */
const CLEAN_PASSES = 4
/** From here on whole groups are stopped at once, which no chain of forks in the group can outrun (fork(2) under a signal). */
const GROUP_PASS = 2
const FREEZE_LIMIT_MS = 10_000
const PAUSE_MS = 2
/** A parent is waited for so many times, a millisecond each: one that never stands must not hold up the others. */
const STAND_TRIES = 10

export interface FreezeOptions {
  readonly clock: Clock
  /** Left alone with its group: the host, which is stopped last. */
  readonly except?: number | undefined
  /** Identities that were stopped before us. One that turns out to run again is taken out. */
  readonly stoppedBefore: Set<string>
  readonly firstStopped?: () => Promise<void>
  /** Milliseconds until it gives up with `WorkFailed`. */
  readonly limitMs?: number
}

/**
 * SIGSTOP to all members until nothing runs, however it forks meanwhile. Parents are stopped before their children:
 * a shell that runs sees its stopped job, puts it into the background and prompts; a stopped one sees nothing. No
 * signal can be trapped that way. Answers the members that belong to somebody else and could not be stopped.
 */
export async function freeze(tree: ProcessTree, options: FreezeOptions): Promise<readonly ProcessInfo[]> {
  const { clock, except, stoppedBefore } = options
  const deadline = clock.now() + (options.limitMs ?? FREEZE_LIMIT_MS)
  const stopped = new Set<string>()
  const denied = new Map<string, ProcessInfo>()
  for (let pass = 0, clean = 0; clean < CLEAN_PASSES; pass++) {
    const members = await tree.members()
    const running = members.filter((member) => member.pid !== except && isRunning(member, stopped, denied))
    clean = running.length === 0 ? clean + 1 : 0
    if (clean === 0 && clock.now() > deadline) {
      throw new WorkFailed(`${running.length} processes start faster than they can be stopped`)
    }
    const again = running.every((member) => stopped.has(identityOf(member)))
    for (const member of running) {
      stoppedBefore.delete(identityOf(member))
      if (send(member.pid, 'SIGSTOP') === 'denied') denied.set(identityOf(member), member)
      if (stopped.size === 0) await options.firstStopped?.()
      stopped.add(identityOf(member))
      // With its signal but not standing yet, a shell in wait(2) would still be told of its child's stop.
      // Only at first: where everything forks, speed counts more.
      if (pass === 0 && members.some(({ parent }) => parent === member.pid)) await standing(tree, member, clock)
    }
    // Also at the first look that finds nothing: a link of a chain may have lived and ended between two looks.
    if (pass >= GROUP_PASS || clean === 1) stopGroups(members, except)
    if (again) await clock.sleep(PAUSE_MS)
  }
  return [...denied.values()]
}

async function standing(tree: ProcessTree, member: ProcessInfo, clock: Clock): Promise<void> {
  for (let tries = 0; tries < STAND_TRIES && !(await tree.stands(member)); tries++) await clock.sleep(1)
}

function isRunning(
  member: ProcessInfo,
  stopped: ReadonlySet<string>,
  denied: ReadonlyMap<string, ProcessInfo>,
): boolean {
  if (denied.has(identityOf(member))) return false
  // A blocked process that has its signal stops before it runs an instruction of its own. (A parent in vfork(2) stays
  // blocked for as long as its child is stopped.)
  return member.state === 'active' || (member.state === 'blocked' && !stopped.has(identityOf(member)))
}

function stopGroups(members: readonly ProcessInfo[], except: number | undefined): void {
  for (const group of new Set(members.map((member) => member.group))) {
    if (group !== except) send(-group, 'SIGSTOP')
  }
}

export interface ThawOptions {
  readonly except?: number | undefined
  readonly stoppedBefore: ReadonlySet<string>
  readonly firstContinued?: () => Promise<void>
}

/** SIGCONT to all members that we stopped, children before their parents: the mirror of `freeze`. */
export async function thaw(tree: ProcessTree, options: ThawOptions): Promise<void> {
  let first = true
  for (const member of (await tree.members()).reverse()) {
    if (member.pid === options.except || member.state === 'active') continue
    if (options.stoppedBefore.has(identityOf(member))) continue
    send(member.pid, 'SIGCONT')
    if (first) await options.firstContinued?.()
    first = false
  }
}
