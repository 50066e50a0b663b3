/** Starts programs with nothing open but what they are given. */
import { existsSync } from 'node:fs'

export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const BASH = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find((path) => existsSync(path))
const DESCRIPTORS = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'
// No redirection here: bash keeps what it redirects in a descriptor above 9, which would be closed.
const CLOSE_ALL = `for d in ${DESCRIPTORS}/*; do d=\${d##*/}; [ "$d" -gt 2 ] && eval "exec $d>&-"; done
unset d SHLVL OLDPWD
while [ "$1" != -- ]; do export "$1" 2>/dev/null; shift; done
shift; exec "$@"`

/**
 * The same program by way of a shell that first closes every descriptor above 2: node-pty leaves its terminals open in
 * whatever is started next, and so a program would hold other shells' terminals, and keep them from being hung up;
 * and the backend may have been given descriptors of its own. Only bash can close those above 9; without it, as it is.
 */
export function withNothingOpen(launch: Launch): Launch {
  if (BASH === undefined) return launch
  // The language is set afterwards: bash itself complains of one that is not installed.
  const language = Object.entries(launch.env).filter(([name]) => isLanguage(name))
  const rest = Object.entries(launch.env).filter(([name]) => !isLanguage(name))
  const assignments = language.map(([name, value]) => `${name}=${value}`)
  return {
    file: BASH,
    args: ['--norc', '--noprofile', '-c', CLOSE_ALL, 'launch', ...assignments, '--', launch.file, ...launch.args],
    env: Object.fromEntries(rest),
  }
}

function isLanguage(name: string): boolean {
  return name === 'LANG' || name.startsWith('LC_')
}
