/** The same by ps(1), for systems without `/proc`. Written for macOS; only Linux is exercised with real processes. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type ProcessInfo, type ProcessTable, stateOf } from './process-table.js'

const COLUMNS = 'pid=,ppid=,pgid=,sess=,stat=,lstart='
const MAX_BYTES = 64 * 1024 * 1024

/** Lines of `ps -axo pid=,ppid=,pgid=,sess=,stat=,lstart=`; others are skipped. */
export function parsePs(text: string): ProcessInfo[] {
  const found: ProcessInfo[] = []
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+([0-9a-f]+)\s+([A-Z])\S*\s+(\S.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, pid, parent, group, session, letter = '', start = ''] = match
    found.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: sessionOf(session ?? ''),
      state: stateOf(letter),
      start: start.replace(/\s+/g, ' '),
    })
  }
  return found
}

/** macOS prints the session as an address and mostly as 0: then it tells nothing, and 0 is never matched. */
function sessionOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : 0
}

/** Lines of `ps -axEww -o pid=,command=`: the pid, the command and behind it its environment. */
export function pidsWithEntry(text: string, entry: string, pids: ReadonlySet<number>): Set<number> {
  const found = new Set<number>()
  for (const line of text.split('\n')) {
    const pid = Number.parseInt(line, 10)
    if (pids.has(pid) && `${line} `.includes(` ${entry} `)) found.add(pid)
  }
  return found
}

export class PsProcessTable implements ProcessTable {
  readonly #ps: (args: readonly string[]) => Promise<string>

  constructor(ps: (args: readonly string[]) => Promise<string> = runPs) {
    this.#ps = ps
  }

  async list(): Promise<readonly ProcessInfo[]> {
    return parsePs(await this.#ps(['-axo', COLUMNS]))
  }

  async find(pid: number): Promise<ProcessInfo | undefined> {
    return parsePs(await this.#ps(['-o', COLUMNS, '-p', String(pid)])).find((process) => process.pid === pid)
  }

  async withEnvironment(entry: string, pids: readonly number[]): Promise<ReadonlySet<number>> {
    return pidsWithEntry(await this.#ps(['-axEww', '-o', 'pid=,command=']), entry, new Set(pids))
  }

  /** ps(1) does not know. */
  async workingIn(): Promise<ReadonlySet<number>> {
    return new Set()
  }
}

async function runPs(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/ps', [...args], {
      env: { LC_ALL: 'C' },
      maxBuffer: MAX_BYTES,
    })
    return stdout
  } catch (error) {
    // Status 1 with nothing printed: no process of that pid.
    if (error instanceof Error && 'code' in error && error.code === 1) return ''
    throw error
  }
}
