import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { endAll } from './end-all.js'
import { removeTree } from './remove-tree.js'
import type { LocalStack } from './stack.js'
import type { WorkContext } from './work-context.js'

const GRACE_MS = 1_000

/** Ends all processes, moves the folder away in one step, then removes it with what an earlier try may have left. */
export async function deleteStack({ folder, tree }: LocalStack, context: WorkContext): Promise<void> {
  if (await folder.exists()) {
    await folder.make()
    await folder.note('deleting')
  }
  await context.step('delete.begun')
  await endAll(tree, context.clock, GRACE_MS)
  await context.step('delete.ended')
  if (await folder.exists()) {
    await rename(folder.path, await folder.placeForRemains(randomBytes(6).toString('hex')))
  }
  await context.step('delete.renamed')
  for (const remains of await folder.remains()) await removeTree(remains)
  await context.step('delete.done')
}
