import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { type ProcessInfo, type ProcessTable, stateOf } from './process-table.js'

/** A line of `/proc/PID/stat`, proc(5). The name in parentheses may itself hold spaces and parentheses. */
export function parseStat(line: string): ProcessInfo | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [letter, parent, group, session] = fields
  const start = fields[19]
  const pid = Number.parseInt(line, 10)
  if (!Number.isInteger(pid) || letter === undefined || start === undefined) return undefined
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    state: stateOf(letter),
    start,
  }
}

/** Looks at the folder for processes that began during the scan, at most. */
const MOST_LOOKS = 20

/**
 * Linux, by `/proc`. Read in one go on purpose: a scan takes about 10 µs a process, and the shorter it is, the less
 * can fork away from under it. What began meanwhile is looked for until nothing is new, so that a process whose parent
 * ended during the scan is not missed with it.
 */
export class LinuxProcessTable implements ProcessTable {
  readonly #proc: string

  constructor(proc = '/proc') {
    this.#proc = proc
  }

  async list(): Promise<readonly ProcessInfo[]> {
    const found: ProcessInfo[] = []
    const seen = new Set<string>()
    for (let looks = 0, before = -1; seen.size > before && looks < MOST_LOOKS; looks++) {
      before = seen.size
      for (const name of readdirSync(this.#proc)) {
        if (seen.has(name) || !/^\d+$/.test(name)) continue
        seen.add(name)
        const info = this.#read(name)
        if (info !== undefined) found.push(info)
      }
    }
    return found
  }

  async find(pid: number): Promise<ProcessInfo | undefined> {
    return this.#read(String(pid))
  }

  async withEnvironment(entry: string, pids: readonly number[]): Promise<ReadonlySet<number>> {
    return new Set(pids.filter((pid) => this.#environment(pid).includes(`\0${entry}\0`)))
  }

  async workingIn(folder: string, pids: readonly number[]): Promise<ReadonlySet<number>> {
    const inside = `${realPath(folder)}/`
    return new Set(pids.filter((pid) => `${this.#workingFolder(pid)}/`.startsWith(inside)))
  }

  #workingFolder(pid: number): string {
    try {
      return readlinkSync(`${this.#proc}/${pid}/cwd`)
    } catch {
      return '' // gone, or another user's
    }
  }

  #read(pid: string): ProcessInfo | undefined {
    try {
      return parseStat(readFileSync(`${this.#proc}/${pid}/stat`, 'latin1'))
    } catch {
      return undefined // gone between the listing and the reading
    }
  }

  #environment(pid: number): string {
    try {
      return `\0${readFileSync(`${this.#proc}/${pid}/environ`, 'latin1')}\0`
    } catch {
      return '' // gone, or another user's
    }
  }
}

/** As the kernel tells working folders: without symbolic links. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder // not there any more
  }
}
