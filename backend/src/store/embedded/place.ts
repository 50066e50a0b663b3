/** Where the embedded database lives on disk, and whose it is. */

import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import type { BaseLogger } from 'pino'
import { LabError } from '../../../../src/wire/problems.js'
import { type Account, canRun, canUse, isRoot, unprivileged } from './account.js'
import { copyNative, isWhole, type Native } from './native.js'

export interface Place {
  /** Entered by the database's user only; holds `data`, and a copy of the programs where one is needed. */
  readonly home: string
  readonly account: Account
}

/** For root only: where homes go when the database's user cannot reach the configured folder. */
export const ELSEWHERE = '/var/lib/lab-terminal'
/** In the configured folder: names the home elsewhere. */
const POINTER = 'postgres.location'
/** In a home elsewhere: the folder it belongs to, for the operator who finds it there after that one was deleted. */
const ORIGIN = 'origin'

/** Finds or makes the home of the database that is configured as `folder`. */
export async function findPlace(folder: string, log: BaseLogger, elsewhere: string): Promise<Place> {
  try {
    await mkdir(folder, { recursive: true })
    // One name for one folder: running databases are recognised by it.
    const real = await realpath(folder)
    const inside = join(real, 'postgres')
    const home = await pointedTo(real, log)
    if (!isRoot()) return await own(home ?? inside)
    if (home !== undefined) return await prepare(home)
    const place = await prepare(inside)
    if (await canUse(place.account, inside)) return place
    return await moveOut(real, inside, elsewhere, log)
  } catch (cause) {
    if (cause instanceof LabError) throw cause
    throw new LabError('server/internal', {
      message: `The database folder ${folder} cannot be used: ${String(cause)}`,
      cause,
    })
  }
}

/** The folder with `bin/postgres`: npm's own where that works for the database's user, else a copy in the home. */
export async function findPrograms({ home, account }: Place, native: Native, log: BaseLogger): Promise<string> {
  if ((await isWhole(native.folder)) && (await canRun(account, join(native.folder, 'bin', 'postgres'))))
    return native.folder
  const copy = join(home, `native-${native.version}`)
  const folder = join(copy, 'native')
  if (await isWhole(folder)) return folder
  log.debug({ copy }, 'copying the PostgreSQL programs')
  await rm(copy, { recursive: true, force: true })
  await copyNative(native, copy)
  return folder
}

async function own(home: string): Promise<Place> {
  const place: Place = { home, account: undefined }
  await mkdir(home, { recursive: true, mode: 0o700 })
  const owner = await ownerOf(join(home, 'data'))
  if (owner !== undefined && owner.uid !== process.getuid?.()) {
    const message = `The database in ${home} belongs to user ${owner.uid}: the backend ran as another user (root?) before. Run it as that user, or set another folder.`
    throw new LabError('server/internal', { message })
  }
  return place
}

async function prepare(home: string): Promise<Place> {
  await mkdir(home, { recursive: true })
  const owner = await ownerOf(join(home, 'data'))
  // Data that an ordinary user made stays theirs, so that they can go on without root.
  const account = owner !== undefined && owner.uid !== 0 ? owner : await unprivileged()
  if (account !== undefined) await chown(home, account.uid, account.gid)
  await chmod(home, 0o700)
  return { home, account }
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return { uid, gid }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function pointedTo(folder: string, log: BaseLogger): Promise<string | undefined> {
  const home = (await readFile(join(folder, POINTER), 'utf8').catch(() => '')).trim()
  if (!isAbsolute(home)) return undefined
  const there = await stat(home).catch(() => undefined)
  if (there?.isDirectory()) return home
  log.warn({ folder, home }, 'the embedded database was here and is gone; starting with an empty one')
  return undefined
}

/** The name is new each time: what an earlier folder of the same path left behind is not this one's data. */
async function moveOut(folder: string, inside: string, elsewhere: string, log: BaseLogger): Promise<Place> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const home = join(elsewhere, `${hash}-${randomBytes(3).toString('hex')}`)
  if ((await mkdir(elsewhere, { recursive: true })) !== undefined) await chmod(elsewhere, 0o755)
  const data = join(inside, 'data')
  if ((await ownerOf(data)) !== undefined) {
    await mkdir(home)
    // The folder was reachable when the data was made and is not any more; `cp -a` keeps owners and modes.
    await promisify(execFile)('cp', ['-a', data, join(home, 'data')])
  }
  const place = await prepare(home)
  if (!(await canUse(place.account, home))) {
    const message = `The database's user can enter neither ${folder} nor ${elsewhere}. Run the backend as an ordinary user, or set a database folder that everybody can enter.`
    throw new LabError('server/internal', { message })
  }
  await writeFile(join(home, ORIGIN), `${folder}\n`)
  await writeFile(join(folder, POINTER), `${home}\n`)
  await rm(inside, { recursive: true, force: true })
  log.info(
    { folder, home },
    'PostgreSQL cannot run as root, and its user cannot enter the database folder: the data is kept elsewhere',
  )
  return place
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
