/** The processes of this machine, as the kernel tells them. */

/**
 * `active` may run (R, S, I), `blocked` waits in the kernel and takes no signal now (D), `stopped` runs nothing until
 * it is continued or its debugger lets it (T, t), `dead` is a zombie that its parent has not collected.
 */
export type ProcessState = 'active' | 'blocked' | 'stopped' | 'dead'

export interface ProcessInfo {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly state: ProcessState
  /** When it started, in the kernel's own unit. With the pid it names one process for good. */
  readonly start: string
}

/** Names a process for good: a pid alone is used again. */
export function identityOf(process: Pick<ProcessInfo, 'pid' | 'start'>): string {
  return `${process.pid}:${process.start}`
}

export interface ProcessTable {
  list(): Promise<readonly ProcessInfo[]>
  find(pid: number): Promise<ProcessInfo | undefined>
  /** Which of these pids were started with exactly this `NAME=value` in their environment, as far as we may read it. */
  withEnvironment(entry: string, pids: readonly number[]): Promise<ReadonlySet<number>>
  /** Which of these pids work in this folder or below it, as far as we can tell. */
  workingIn(folder: string, pids: readonly number[]): Promise<ReadonlySet<number>>
}

const STATES: Readonly<Record<string, ProcessState>> = {
  D: 'blocked',
  U: 'blocked',
  T: 'stopped',
  t: 'stopped',
  Z: 'dead',
  X: 'dead',
  x: 'dead',
}

/** The state of a letter of `/proc/PID/stat` (proc(5)) or of the column `stat` of ps(1). */
export function stateOf(letter: string): ProcessState {
  return STATES[letter] ?? 'active'
}
