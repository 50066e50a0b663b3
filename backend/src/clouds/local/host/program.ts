import type { Socket } from 'node:net'
import type { ServerChannel } from 'ssh2'
import { type ProcessTree, send } from '../process-tree.js'

/** What a session runs, whichever way. */
export interface Program {
  signal(name: string): void
  resize(columns: number, rows: number): void
}

export interface ProgramOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly channel: ServerChannel
  /** The connection under the channel: ssh2 does not pass its back-pressure on. */
  readonly socket: Socket
  readonly tree: ProcessTree
}

export type ProgramEnd = { readonly status: number } | { readonly signal: string }

const HANG_UP_GRACE_MS = 2_000
const SIGNALS = [
  'SIGABRT',
  'SIGALRM',
  'SIGCONT',
  'SIGHUP',
  'SIGINT',
  'SIGKILL',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
] as const satisfies readonly NodeJS.Signals[]

/** A signal that a client may send (RFC 4254 section 6.9: `TERM`, …), to the program's whole process group. */
export function signalGroup(pid: number, name: string): void {
  const signal = SIGNALS.find((known) => known === name || known === `SIG${name}`)
  if (signal !== undefined) send(-pid, signal)
}

/** The client is gone: the program and its process group are asked to end, and after a grace made to. */
export function hangUp(pid: number, tree: ProcessTree): void {
  send(-pid, 'SIGHUP')
  send(-pid, 'SIGCONT')
  setTimeout(() => {
    killGroup(pid, tree).catch(() => undefined)
  }, HANG_UP_GRACE_MS)
}

/** Only while the group is one of the lab's: its number may be somebody else's by now. */
async function killGroup(pid: number, tree: ProcessTree): Promise<void> {
  const members = await tree.members()
  if (members.some(({ group }) => group === pid)) send(-pid, 'SIGKILL')
}

/** Tells the end after all output that was written before, and closes the channel. */
export function finish(channel: ServerChannel, end: ProgramEnd): void {
  if (!channel.writable) return
  channel.write(Buffer.alloc(0), () => {
    if ('status' in end) channel.exit(end.status)
    else channel.exit(end.signal.replace(/^SIG/, ''), false, '')
    channel.end()
  })
}
