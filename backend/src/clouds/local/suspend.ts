import { freeze } from './freeze.js'
import { identityOf, type ProcessInfo } from './process-table.js'
import { send } from './process-tree.js'
import type { LocalStack } from './stack.js'
import { type WorkContext, WorkFailed } from './work-context.js'

const STOP_LIMIT_MS = 5_000
const POLL_MS = 2

/**
 * Stops everything, the host last, so that a stopped host means a stopped lab. The journal is written before the first
 * signal: it says which processes had been stopped by the learner and are left so at resume.
 */
export async function suspendStack(stack: LocalStack, context: WorkContext): Promise<void> {
  const { folder, tree, host } = stack
  const { clock } = context
  if (await isAtRest(stack)) return
  const found = await host.find()
  const stoppedBefore = await stoppedByLearner(stack, found)
  await folder.writeJournal('stopping', stoppedBefore)
  await context.step('suspend.begun')
  const firstStopped = (): Promise<void> => context.step('suspend.some-stopped')
  await freeze(tree, { clock, except: found?.pid, stoppedBefore, firstStopped })
  await context.step('suspend.all-stopped')
  if (found !== undefined) await stopHost(stack, found, context)
  await context.step('suspend.host-stopped')
  // What the host started in its last moment.
  const denied = await freeze(tree, { clock, stoppedBefore })
  if (denied.length > 0) {
    context.log.warn({ stack: folder.stack, pids: denied.map(({ pid }) => pid) }, 'not ours to stop')
  }
  await folder.writeJournal('stopped', stoppedBefore)
  await context.step('suspend.done')
}

/** Nothing to do: frozen by us, or no host and nothing left that runs. */
export async function isAtRest({ folder, tree, host }: LocalStack): Promise<boolean> {
  const found = await host.find()
  if (found !== undefined) return found.state === 'stopped' && (await folder.journal())?.phase === 'stopped'
  return (await tree.members()).every((member) => member.state === 'stopped' || member.state === 'dead')
}

async function stoppedByLearner({ folder, tree }: LocalStack, host: ProcessInfo | undefined): Promise<Set<string>> {
  const journal = await folder.journal()
  if (journal !== undefined) return new Set(journal.stoppedBefore)
  const members = await tree.members()
  return new Set(members.filter(({ pid, state }) => state === 'stopped' && pid !== host?.pid).map(identityOf))
}

async function stopHost({ host }: LocalStack, found: ProcessInfo, { clock }: WorkContext): Promise<void> {
  const deadline = clock.now() + STOP_LIMIT_MS
  for (;;) {
    send(found.pid, 'SIGSTOP')
    const now = await host.find()
    if (now === undefined || now.state === 'stopped') return
    if (clock.now() > deadline) throw new WorkFailed('the host cannot be stopped')
    await clock.sleep(POLL_MS)
  }
}
