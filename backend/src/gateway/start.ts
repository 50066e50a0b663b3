/** What begins on a lab host when somebody logs in to a terminal. Pure. */

export interface Start {
  /** Names the session of tmux or screen: each terminal has its own. */
  readonly session: string
  /** Kept by the host while nobody is logged in, and taken up again by the next login; where the host has it. */
  readonly attach?: 'tmux' | 'screen'
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of the login shell. */
  readonly command?: string
}

/**
 * The command that begins it; undefined for the host's login shell as it is. A variable is set by the command, since
 * most hosts take none from a client (`AcceptEnv`). POSIX sh, whatever the login shell is.
 */
export function startCommand({ session, attach, environment = {}, command }: Start): string | undefined {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`)
  if (attach === undefined && command === undefined && variables.length === 0) return undefined
  const shell = command === undefined ? `exec "\${SHELL:-/bin/sh}" -l` : `exec /bin/sh -c ${quoted(command)}`
  const inside = command === undefined ? '' : ` ${attach === 'screen' ? `sh -c ${quoted(command)}` : quoted(command)}`
  const name = quoted(session)
  const sessions = {
    tmux: `exec tmux -u new-session -A -s ${name}${inside}`,
    // Taken away from a login that the host has not missed yet.
    screen: `exec screen -U -D -R -S ${name}${inside}`,
  }
  const kept = attach ? [`if command -v ${attach} >/dev/null 2>&1; then ${sessions[attach]}; fi`] : []
  return `exec /bin/sh -c ${quoted([...variables, ...kept, shell].join('; '))}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
