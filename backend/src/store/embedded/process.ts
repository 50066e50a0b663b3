/** Which process is which: a pid alone is reused. */
import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process began, as letters and digits; with the pid it names one process. `undefined`: no such process. */
export async function startMark(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // proc(5): the second field is the name in brackets, the 22nd the start time.
  const fromProc = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  const mark = fromProc ?? (await ps(pid, 'lstart='))
  return mark === undefined ? undefined : mark.replace(/[^A-Za-z0-9]/g, '')
}

/** Whether a process works in `folder` (as postgres does in its data folder) or was started with its name. */
export async function worksIn(pid: number, folder: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (cwd !== undefined) return cwd === folder
  return (await ps(pid, 'command='))?.includes(folder) ?? false
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-o', column, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim() || undefined
}
