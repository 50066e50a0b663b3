import { rm } from 'node:fs/promises'
import { endAll } from './end-all.js'
import { makeHome } from './home.js'
import { makeKeys } from './keys.js'
import { removeTree } from './remove-tree.js'
import { runSetup } from './setup.js'
import type { LocalStack } from './stack.js'
import { isKeys, type Keys } from './stack-folder.js'
import { isThere, readJson, writeWhole } from './state-file.js'
import { Interrupted, type WorkContext } from './work-context.js'

export interface NewLab {
  readonly lab: string
  readonly files?: string | undefined
  readonly setup?: string | undefined
  readonly setupLimitMs: number
}

/** Each step is done or not done, and skipped when it is: interrupted anywhere, it is just done again. */
export async function createStack(stack: LocalStack, lab: NewLab, context: WorkContext): Promise<void> {
  const { folder, host } = stack
  if (await folder.isCreated()) return
  const total = lab.setup === undefined ? 4 : 5
  let done = 0
  const advance = (): void => context.progress(++done, total)
  context.progress(0, total)
  try {
    await rm(folder.files.failed, { force: true })
    await folder.make()
    advance()
    await context.step('create.folder-made')
    const keys = await ensureKeys(stack)
    advance()
    await context.step('create.keys-made')
    await forgetHalfSetup(stack, context)
    if (!(await isThere(folder.home))) await makeHome(folder.home, lab.files)
    advance()
    await context.step('create.files-copied')
    const { port } = await host.ensure(lab.lab, context, () => context.step('create.host-spawned'))
    advance()
    await context.step('create.host-up')
    if (lab.setup !== undefined) {
      await folder.note('setupBegun')
      await context.step('create.setup-begun')
      const { signal } = context
      await runSetup(folder, { command: lab.setup, limitMs: lab.setupLimitMs, keys, port, signal })
      advance()
      await context.step('create.setup-done')
    }
    await folder.note('created')
    await context.step('create.done')
  } catch (error) {
    if (!(error instanceof Interrupted)) await giveUp(stack, context, error)
    throw error
  }
}

async function ensureKeys({ folder }: LocalStack): Promise<Keys> {
  const found = await readJson(folder.files.keys, isKeys)
  if (found !== undefined) return found
  const made = makeKeys()
  await writeWhole(folder.files.keys, JSON.stringify(made))
  return made
}

/** A set-up that was interrupted has done nobody knows what: it runs again, in a home as new. */
async function forgetHalfSetup({ folder, tree }: LocalStack, { clock }: WorkContext): Promise<void> {
  if (!(await isThere(folder.files.setupBegun))) return
  await endAll(tree, clock, 0)
  await removeTree(folder.home)
  await rm(folder.files.setupBegun, { force: true })
}

/** Nothing of a lab that could not be built keeps running; the folder stays for staff to look at. */
async function giveUp({ folder, tree }: LocalStack, { clock, log }: WorkContext, error: unknown): Promise<void> {
  try {
    await endAll(tree, clock, 0)
    const reason = error instanceof Error ? error.message : String(error)
    await writeWhole(folder.files.failed, reason)
  } catch (second) {
    log.warn({ stack: folder.stack, err: second }, 'could not tidy up after a failed create')
  }
}
