/** Ends all processes of a lab. */

import type { Clock } from '../../labs/clock.js'
import { freeze } from './freeze.js'
import type { ProcessInfo } from './process-table.js'
import { type ProcessTree, send } from './process-tree.js'
import { WorkFailed } from './work-context.js'

const END_LIMIT_MS = 10_000
const FREEZE_LIMIT_MS = 1_000
const PAUSE_MS = 5
const ASK_PAUSE_MS = 20

/**
 * First asks (SIGHUP, SIGTERM) and waits up to `graceMs`, then freezes what is left, so that it cannot fork away, and
 * kills it, until nothing is left. Throws `WorkFailed` when something cannot be ended.
 */
export async function endAll(tree: ProcessTree, clock: Clock, graceMs: number): Promise<void> {
  await ask(tree, clock, graceMs)
  const deadline = clock.now() + END_LIMIT_MS
  for (;;) {
    const denied = await hold(tree, clock)
    const left = await living(tree)
    if (left.length === 0) return
    if (clock.now() > deadline || denied === left.length) {
      throw new WorkFailed(`processes that cannot be ended: ${left.map(({ pid }) => pid).join(', ')}`)
    }
    for (const { pid } of left.reverse()) send(pid, 'SIGKILL')
    await clock.sleep(PAUSE_MS)
  }
}

/** How many could not be stopped because they are somebody else's. What cannot be held is killed all the same. */
async function hold(tree: ProcessTree, clock: Clock): Promise<number> {
  try {
    const denied = await freeze(tree, { clock, stoppedBefore: new Set(), limitMs: FREEZE_LIMIT_MS })
    return denied.length
  } catch (error) {
    if (error instanceof WorkFailed) return 0
    throw error
  }
}

async function ask(tree: ProcessTree, clock: Clock, graceMs: number): Promise<void> {
  const deadline = clock.now() + graceMs
  // The signals wait while a process is stopped and are its first sight when it goes on.
  for (const { pid } of (await living(tree)).reverse()) {
    send(pid, 'SIGHUP')
    send(pid, 'SIGTERM')
    send(pid, 'SIGCONT')
  }
  while (clock.now() < deadline && (await living(tree)).length > 0) await clock.sleep(ASK_PAUSE_MS)
}

async function living(tree: ProcessTree): Promise<ProcessInfo[]> {
  return (await tree.members()).filter((member) => member.state !== 'dead')
}
