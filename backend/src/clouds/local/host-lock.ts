/** One host a stack: the lock that a host takes before it listens, and by which it is found again. */
import { link, mkdir, readFile, rmdir, stat, unlink } from 'node:fs/promises'
import { isMissing, isRecord, readJson, removeFile, writeWhole } from './state-file.js'

/** Who holds the lock. */
export interface Holder {
  readonly pid: number
  readonly start: string
}

export function isHolder(value: unknown): value is Holder {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value['pid']) &&
    Number(value['pid']) > 1 &&
    typeof value['start'] === 'string'
  )
}

/** A breaker that was killed leaves its guard; after this long another may take it away. */
const GUARD_STALE_MS = 5_000
const TRIES = 50

export interface LockOptions {
  readonly isAlive: (holder: Holder) => Promise<boolean>
  readonly sleep: (ms: number) => Promise<void>
}

/**
 * Takes the lock, or answers false when a living process holds it. link(2) makes it whole and exclusive at once; a
 * dead holder's lock is removed under a guard, so that of two that find it dead neither removes the other's new one.
 */
export async function takeLock(path: string, self: Holder, options: LockOptions): Promise<boolean> {
  const own = `${path}.${self.pid}`
  await writeWhole(own, JSON.stringify(self))
  try {
    for (let turn = 0; turn < TRIES; turn++) {
      if (await tryLink(own, path)) return true
      const holder = await readJson(path, isHolder)
      if (holder !== undefined && (await options.isAlive(holder))) return false
      await breakLock(path, options)
      await options.sleep(10)
    }
    return false
  } finally {
    await removeFile(own)
  }
}

async function tryLink(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function breakLock(path: string, { isAlive }: LockOptions): Promise<void> {
  const guard = `${path}.guard`
  try {
    await mkdir(guard)
  } catch {
    const made = await stat(guard).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > GUARD_STALE_MS) await rmdir(guard).catch(() => undefined)
    return
  }
  try {
    const holder = await readJson(path, isHolder)
    if (holder === undefined || !(await isAlive(holder))) await unlink(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  } finally {
    await rmdir(guard).catch(() => undefined)
  }
}

/** Gives the lock back, if it is still ours. */
export async function releaseLock(path: string, self: Holder): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text === JSON.stringify(self)) await removeFile(path)
}
