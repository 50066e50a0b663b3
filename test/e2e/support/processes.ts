import { readdirSync, readFileSync } from 'node:fs'

/** Processes whose command line or environment holds a word; by /proc, so Linux only. */
export function processesWith(word: string): { pid: number; state: string; command: string }[] {
  const found: { pid: number; state: string; command: string }[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      if (!command.includes(word) && !environment.includes(word)) continue
      const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '?'
      if (state !== 'Z') found.push({ pid, state, command: command.replaceAll('\0', ' ').trim() })
    } catch {
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return found
}

/** A process and all its descendants. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It ended meanwhile.
    }
  }
  const all = [pid]
  for (let i = 0; i < all.length; i++) all.push(...(children.get(all[i] ?? -1) ?? []))
  return all
}

/** One that has ended meanwhile, perhaps by what its parent was sent, is left alone. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}
