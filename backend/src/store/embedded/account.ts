/** Which user PostgreSQL runs as: it refuses to be root. */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { LabError } from '../../../../src/wire/problems.js'

/** `undefined` = the user the backend runs as. */
export type Account = { readonly uid: number; readonly gid: number } | undefined

const UNPRIVILEGED = ['nobody', 'daemon']

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** An existing user without rights, for a backend that runs as root. */
export async function unprivileged(): Promise<Account> {
  for (const name of UNPRIVILEGED) {
    try {
      const [uid, gid] = await Promise.all([id('-u', name), id('-g', name)])
      if (uid > 0 && gid > 0) return { uid, gid }
    } catch {
      // No such user; try the next.
    }
  }
  const message = `PostgreSQL does not run as root and this machine has none of the users ${UNPRIVILEGED.join(', ')}. Run the backend as an ordinary user.`
  throw new LabError('server/internal', { message })
}

async function id(flag: string, name: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [flag, name])
  return Number(stdout)
}

/** Whether that user can enter `folder` and write there: asked of the system, which knows ACLs and mounts. */
export async function canUse(account: Account, folder: string): Promise<boolean> {
  return await test(account, 'cd "$1" && test -w .', folder)
}

/** Whether that user can run `program`, with the libraries it needs. */
export async function canRun(account: Account, program: string): Promise<boolean> {
  return await test(account, '"$1" --version', program)
}

async function test(account: Account, script: string, argument: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', script, 'sh', argument], { ...account, cwd: '/', stdio: 'ignore' })
    child.once('error', (cause) => {
      const message =
        'The backend runs as root but may not start a program as another user. Run it as an ordinary user.'
      reject(new LabError('server/internal', { message, cause }))
    })
    child.once('exit', (code) => resolve(code === 0))
  })
}
