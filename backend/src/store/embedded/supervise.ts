/** Runs a program so that it ends in good order when the backend is gone, however that happened. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Account } from './account.js'

/**
 * The pipe from the backend closes when the backend dies, also by SIGKILL; then the program gets SIGINT, which is a
 * fast shutdown to postgres and a clean-up to initdb. Signals to the shell itself are ignored: the backend decides.
 * The first argument is a folder to remove (if empty) at the end.
 */
const SCRIPT = `
trap '' HUP INT TERM QUIT
exec 3<&0
tidy=$1
shift
"$@" 3<&- </dev/null &
program=$!
{ while read -r line; do :; done; kill -INT $program 2>/dev/null; } <&3 3<&- >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait $program
code=$?
kill -KILL $watch 2>/dev/null
[ -z "$tidy" ] || rmdir "$tidy" 2>/dev/null
exit $code
`

export type Supervised = ChildProcessByStdio<Writable, null, Readable>

export interface Run {
  readonly program: string
  readonly args: readonly string[]
  readonly account: Account
  /** Entered by the account. */
  readonly cwd: string
  /** An empty folder to remove at the end. */
  readonly tidy?: string
}

/** Ends when its `stdin` is ended. Only `stderr` is read. */
export function supervise({ program, args, account, cwd, tidy }: Run): Supervised {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'lab-terminal-postgres', tidy ?? '', program, ...args], {
    ...account,
    cwd,
    // A session of its own: Ctrl+C in a terminal reaches the backend, which stops the database last.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Nothing of the backend's environment, where secrets may be.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  })
  // A pipe to a program that is gone.
  child.stdin.on('error', () => undefined)
  return child
}
