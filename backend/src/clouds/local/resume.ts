import { thaw } from './freeze.js'
import type { ProcessInfo } from './process-table.js'
import { send } from './process-tree.js'
import type { LocalStack } from './stack.js'
import { suspendStack } from './suspend.js'
import { type WorkContext, WorkFailed } from './work-context.js'

const WAKE_LIMIT_MS = 5_000
const POLL_MS = 2

/**
 * Continues what `suspendStack` stopped, the host last, so that a host that runs means a lab that runs. A lab whose
 * host is gone (the machine or the backend was restarted) gets a new one in the same home.
 */
export async function resumeStack(stack: LocalStack, lab: string, context: WorkContext): Promise<void> {
  const { folder, tree, host } = stack
  let found = await host.find()
  if (found !== undefined && (await folder.journal()) === undefined) {
    if (found.state !== 'stopped' && (await host.listening(found)) !== undefined) return
    // Stopped, and not by us: stopped in full first, so that what the learner had stopped is known.
    if (found.state === 'stopped') await suspendStack(stack, context)
  }
  const stoppedBefore = new Set((await folder.journal())?.stoppedBefore)
  await folder.note('heartbeat')
  await folder.writeJournal('resuming', stoppedBefore)
  await context.step('resume.begun')
  found = await host.find()
  if (found === undefined) {
    await host.ensure(lab, context, () => context.step('resume.host-spawned'))
    await context.step('resume.host-up')
    found = await host.find()
  }
  const firstContinued = (): Promise<void> => context.step('resume.some-continued')
  await thaw(tree, { except: found?.pid, stoppedBefore, firstContinued })
  await context.step('resume.all-continued')
  // Before the host goes on: with it the learner can stop jobs again, and those are not ours to continue.
  await folder.dropJournal()
  if (found !== undefined) await wakeHost(stack, found, context)
  await context.step('resume.done')
}

async function wakeHost({ host }: LocalStack, found: ProcessInfo, { clock }: WorkContext): Promise<void> {
  const deadline = clock.now() + WAKE_LIMIT_MS
  send(found.pid, 'SIGCONT')
  for (;;) {
    const now = await host.find()
    if (now === undefined) throw new WorkFailed('the host ended when it was woken')
    if (now.state !== 'stopped') return
    if (clock.now() > deadline) throw new WorkFailed('the host cannot be woken')
    await clock.sleep(POLL_MS)
  }
}
