/** Which process is which: a pid alone is reused. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** False also for a zombie: in a container nobody may ever ask for the end of an orphan. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const state = statOf(pid)?.[0]
  return state !== 'Z' && state !== 'X'
}

/** When a process began, as letters and digits; with the pid it names one process. `undefined`: no such process. */
export async function startMark(pid: number): Promise<string | undefined> {
  // proc(5): the 22nd field is the start time.
  const mark = statOf(pid)?.[19] ?? (await ps(pid, 'lstart='))
  return mark === undefined ? undefined : mark.replace(/[^A-Za-z0-9]/g, '')
}

/** Whether a process works in `folder` (as postgres does in its data folder) or was started with its name. */
export async function worksIn(pid: number, folder: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (cwd !== undefined) return cwd === folder
  return (await ps(pid, 'command='))?.includes(folder) ?? false
}

/** Linux only: the fields of proc(5) `stat` from the third, the state; the second is a name that may hold anything. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-o', column, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim() || undefined
}
