import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isThere } from './state-file.js'

const run = promisify(execFile)
const OPTIONS = { env: { LC_ALL: 'C' } } as const

/**
 * Removes a folder with all that is in it. By rm(1), which walks by file descriptor: it follows no symbolic link, also
 * not one put in its way, and has no limit on the depth, which a learner could exceed for a path. Folders without
 * write permission are given it. Throws when something stays.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await run('/bin/rm', ['-rf', '--', path], OPTIONS)
  } catch {
    // chmod(1) with -R leaves links alone.
    await run('/bin/chmod', ['-R', 'u+rwX', '--', path], OPTIONS).catch(() => undefined)
    await run('/bin/rm', ['-rf', '--', path], OPTIONS)
  }
  if (await isThere(path)) throw new Error('the folder could not be removed')
}
