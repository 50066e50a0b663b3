/** The data folder of the embedded database: made once, as one step. */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from '../../../../src/wire/problems.js'
import { POSTGRES_MAJOR } from './native.js'
import type { Place } from './place.js'
import { supervise } from './supervise.js'

export const SUPERUSER = 'postgres'
/** Inside the data folder, so that the two live and die together. */
const PASSWORD_FILE = 'lab-terminal.password'

/** Makes the data folder unless it is there; answers the password of `SUPERUSER`. */
export async function ensureCluster(programs: string, place: Place): Promise<string> {
  const data = join(place.home, 'data')
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) {
    await refuseForeign(data)
    await createCluster(programs, place, data)
  } else if (version.trim() !== POSTGRES_MAJOR) {
    const message = `The database in ${data} was made by PostgreSQL ${version.trim()}, this is ${POSTGRES_MAJOR}. Dump it with the old release and load it here, or set another folder.`
    throw new LabError('server/internal', { message })
  }
  return await readPassword(data)
}

/** Of `SUPERUSER`. Throws `LabError` when it is missing. */
export async function readPassword(data: string): Promise<string> {
  try {
    return (await readFile(join(data, PASSWORD_FILE), 'utf8')).trim()
  } catch (cause) {
    throw new LabError('server/internal', {
      message: `The password file of the embedded database is missing in ${data}.`,
      cause,
    })
  }
}

async function refuseForeign(data: string): Promise<void> {
  const names = await readdir(data).catch(() => [])
  if (names.length === 0) return
  throw new LabError('server/internal', { message: `${data} is not empty and not a database; set another folder.` })
}

/** A name of its own until it is complete: a backend killed meanwhile leaves nothing that looks like a database. */
async function createCluster(programs: string, place: Place, data: string): Promise<void> {
  const workshop = join(place.home, `init-${process.pid}-${randomBytes(4).toString('hex')}`)
  const password = join(workshop, PASSWORD_FILE)
  const unfinished = join(workshop, 'data')
  try {
    await mkdir(workshop, { mode: 0o700 })
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (place.account !== undefined) {
      await chown(workshop, place.account.uid, place.account.gid)
      await chown(password, place.account.uid, place.account.gid)
    }
    await initdb(programs, place, unfinished, password)
    await rename(password, join(unfinished, PASSWORD_FILE))
    await rename(unfinished, data).catch((error: NodeJS.ErrnoException) => {
      // Another backend was faster: its database is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    await syncFolder(place.home)
  } finally {
    await rm(workshop, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function initdb(programs: string, place: Place, data: string, password: string): Promise<void> {
  const args = ['-D', data, '-U', SUPERUSER, `--pwfile=${password}`, '-A', 'scram-sha-256']
  args.push('-E', 'UTF8', '--locale=C', '--no-instructions')
  const run = supervise({ program: join(programs, 'bin', 'initdb'), args, account: place.account, cwd: place.home })
  let words = ''
  run.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-2000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    run.once('error', reject)
    run.once('close', resolve)
  })
  if (code !== 0)
    throw new LabError('server/internal', { message: `The embedded database could not be made: ${words.trim()}` })
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
