/** All processes of one lab, and the signals sent to them. */
import type { ProcessInfo, ProcessTable } from './process-table.js'

/**
 * The processes of a lab among all, parents before their children: those of `seeds`, all that descend from one of
 * them, and all that share a session with one of them. So a daemon whose parents are gone is found by its session or
 * its mark, and a program that cleared its environment by its parents.
 */
export function membersOf(all: readonly ProcessInfo[], seeds: ReadonlySet<number>, self: number): ProcessInfo[] {
  const members = new Map<number, ProcessInfo>()
  const sessions = new Set<number>()
  const rest = new Set(all)
  for (let grown = true; grown; ) {
    grown = false
    for (const process of rest) {
      const belongs = seeds.has(process.pid) || members.has(process.parent) || sessions.has(process.session)
      if (!belongs || process.pid === self) continue
      members.set(process.pid, process)
      if (process.session > 1) sessions.add(process.session)
      rest.delete(process)
      grown = true
    }
  }
  return parentsFirst(members)
}

function parentsFirst(members: ReadonlyMap<number, ProcessInfo>): ProcessInfo[] {
  const depths = new Map<number, number>()
  for (const member of members.values()) {
    let depth = 0
    for (let at = members.get(member.parent); at !== undefined && depth < members.size; at = members.get(at.parent)) {
      depth++
    }
    depths.set(member.pid, depth)
  }
  return [...members.values()].sort((a, b) => (depths.get(a.pid) ?? 0) - (depths.get(b.pid) ?? 0) || a.pid - b.pid)
}

export type Sent = 'sent' | 'gone' | 'denied'

/** kill(2). A negative pid is a process group. Never ourselves, never init, never everybody. */
export function send(pid: number, signal: NodeJS.Signals): Sent {
  if (Math.abs(pid) <= 1 || pid === process.pid) return 'denied'
  try {
    process.kill(pid, signal)
    return 'sent'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'denied' : 'gone'
  }
}

/**
 * The processes that carry a lab's mark, with all that belongs to them; this process itself is never among them.
 * Orphans that work in the lab's folder count, too: a daemon may have cleared its environment.
 */
export class ProcessTree {
  readonly #table: ProcessTable
  readonly #mark: string
  readonly #folder: string

  constructor(table: ProcessTable, mark: string, folder: string) {
    this.#table = table
    this.#mark = mark
    this.#folder = folder
  }

  /** Whether the process is past its last instruction for now: stopped, blocked or gone. */
  async stands(member: ProcessInfo): Promise<boolean> {
    const now = await this.#table.find(member.pid)
    return now === undefined || now.state !== 'active'
  }

  async members(): Promise<ProcessInfo[]> {
    const all = await this.#table.list()
    const living = new Set(all.filter(({ state }) => state !== 'dead').map(({ pid }) => pid))
    // Also one whose parent has just ended: a program that is being loaded shows no environment for a moment.
    const orphans = all.filter(({ parent }) => parent === 1 || !living.has(parent))
    const seeds = [
      ...(await this.#table.withEnvironment(this.#mark, pidsOf(all))),
      ...(await this.#table.workingIn(this.#folder, pidsOf(orphans))),
    ]
    return membersOf(all, new Set(seeds), process.pid)
  }
}

function pidsOf(processes: readonly ProcessInfo[]): number[] {
  return processes.map(({ pid }) => pid)
}
