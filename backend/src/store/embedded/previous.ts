/** Who has the data folder: a database that is still stopping, one left alone, or another backend's. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BaseLogger } from 'pino'
import { LabError } from '../../../../src/wire/problems.js'
import { isAlive, startMark, worksIn } from './process.js'

/** A parameter of our own on the command line of postgres, which writes it down in `postmaster.opts`. */
const OWNER_PARAMETER = 'lab_terminal.owner'

const POLL_MS = 20
/** So long a database may look owned (or left alone) before it is believed: its backend may just have died. */
const SETTLE_MS = 1_500
const GIVE_UP_MS = 60_000

/** For the command line of postgres: this backend, so that another one can name it. */
export async function ownerArgument(): Promise<string> {
  return `${OWNER_PARAMETER}=${process.pid}-${(await startMark(process.pid)) ?? ''}`
}

/**
 * Returns when no database runs on `data`: waits for one that is stopping, ends one that its backend left alone.
 * Throws `LabError` when another backend uses it, naming its pid.
 */
export async function awaitPrevious(data: string, log: BaseLogger): Promise<void> {
  const began = Date.now()
  let settleFrom = Date.now()
  let interrupted = false
  for (;;) {
    const found = await postmaster(data)
    if (found === undefined) return
    if (found.stopping) settleFrom = Date.now()
    if (Date.now() - settleFrom > SETTLE_MS) {
      const backend = await owner(data)
      if (backend !== undefined) throw inUse(data, backend)
      if (!interrupted) log.warn({ pid: found.pid }, 'a database was left running without its backend; stopping it')
      interrupted = true
      signal(found.pid)
      settleFrom = Date.now()
    }
    if (Date.now() - began > GIVE_UP_MS) {
      throw new LabError('server/internal', { message: `PostgreSQL (pid ${found.pid}) on ${data} does not stop.` })
    }
    await sleep(POLL_MS)
  }
}

/** Removes what dead backends left in the home: half-made data, copies and socket folders. */
export async function tidy(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^(?:init|run|native-.*)-(\d+)-\w+$/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The folder of the unix socket of the database that a live backend runs on `data`; undefined when none does. */
export async function socketsOf(data: string): Promise<string | undefined> {
  const found = await postmaster(data)
  if (found === undefined || found.stopping || (await owner(data)) === undefined) return undefined
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return lines[4]?.trim() || undefined
}

interface Postmaster {
  readonly pid: number
  readonly stopping: boolean
}

/** The live postgres on the folder, from its lock file (PostgreSQL manual, "Database File Layout"). */
async function postmaster(data: string): Promise<Postmaster | undefined> {
  const file = join(data, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  // postgres itself replaces the lock file of a pid that is gone.
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  if (await worksIn(pid, data)) return { pid, stopping: lines[7]?.trim() === 'stopping' }
  if (!isAlive(pid)) return undefined
  // The pid is another program's by now, which postgres cannot tell: it would refuse to start.
  if ((await readFile(file, 'utf8').catch(() => '')) === text) await rm(file, { force: true })
  return undefined
}

/** The pid of the live backend that started the database on `data`. */
async function owner(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postmaster.opts'), 'utf8').catch(() => '')
  const [, pid, mark] = new RegExp(`${OWNER_PARAMETER}=(\\d+)-(\\w*)`).exec(text) ?? []
  if (pid === undefined || !isAlive(Number(pid))) return undefined
  return mark === ((await startMark(Number(pid))) ?? '') ? Number(pid) : undefined
}

function inUse(data: string, pid: number): LabError {
  const message = `The embedded database in ${data} is in use by the backend with pid ${pid}. Stop that one, or set another folder.`
  return new LabError('server/internal', { message })
}

function signal(pid: number): void {
  try {
    // A fast shutdown.
    process.kill(pid, 'SIGINT')
  } catch {
    // It ended by itself, or belongs to another user: then the wait runs out.
  }
}
