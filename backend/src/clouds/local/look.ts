/** What a stack is, as its folder and its processes tell; nothing is changed. */
import { LabError } from '../../../../src/wire/problems.js'
import type { CloudAction } from '../../labs/lab.js'
import type { Observed } from '../../labs/ports.js'
import { SSH_USER } from './environment.js'
import type { LocalStack } from './stack.js'
import { isKeys } from './stack-folder.js'
import { isThere, readJson, readText } from './state-file.js'
import { isAtRest } from './suspend.js'

/** Work that a dead backend left half done. */
export interface Unfinished {
  readonly state: 'unfinished'
  readonly action: CloudAction
}

function unfinished(action: CloudAction): Unfinished {
  return { state: 'unfinished', action }
}

export async function lookAt(stack: LocalStack): Promise<Observed | Unfinished> {
  const { folder } = stack
  if (!(await folder.exists())) {
    const isLeft = (await folder.remains()).length > 0 || (await isAlive(stack))
    return isLeft ? unfinished('delete') : { state: 'absent' }
  }
  if (await isThere(folder.files.deleting)) return unfinished('delete')
  const reason = await readText(folder.files.failed)
  if (reason !== undefined) return { state: 'failed', action: 'create', reason }
  return (await folder.isCreated()) ? lookAtCreated(stack) : unfinished('create')
}

async function lookAtCreated(stack: LocalStack): Promise<Observed | Unfinished> {
  const { folder, host } = stack
  const journal = await folder.journal()
  if (journal?.phase === 'resuming') return unfinished('resume')
  const found = await host.find()
  if (journal === undefined && found !== undefined && found.state !== 'stopped') {
    const listening = await host.listening(found)
    if (listening === undefined) return unfinished('resume')
    return { state: 'running', outputs: await outputsOf(stack, listening.port) }
  }
  return (await isAtRest(stack)) ? { state: 'suspended' } : unfinished('suspend')
}

async function outputsOf({ folder }: LocalStack, port: number): Promise<Readonly<Record<string, string>>> {
  const keys = await readJson(folder.files.keys, isKeys)
  if (keys === undefined) throw new LabError('cloud/misconfigured', { message: `the keys of ${folder.stack} are gone` })
  return {
    host: '127.0.0.1',
    port: String(port),
    user: SSH_USER,
    private_key: keys.clientPrivate,
    host_key: keys.hostPublic,
  }
}

async function isAlive({ tree }: LocalStack): Promise<boolean> {
  const members = await tree.members()
  return members.some(({ state }) => state !== 'dead')
}
