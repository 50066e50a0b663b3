import type { Socket } from 'node:net'
import type { PseudoTtyInfo, ServerChannel, Session } from 'ssh2'
import { isAcceptedVariable, type LabSettings, labEnvironment, terminalType } from '../environment.js'
import { withNothingOpen } from '../launch.js'
import type { ProcessTree } from '../process-tree.js'
import { runWithPipes } from './piped-program.js'
import type { Program } from './program.js'
import { serveSftp } from './sftp.js'
import { runInTerminal } from './terminal-program.js'

export interface SessionOptions {
  readonly settings: LabSettings
  readonly tree: ProcessTree
  readonly socket: Socket
  readonly log: (message: string) => void
}

const MAX_SIDE = 4096
const MAX_VARIABLES = 32

function side(wanted: number, otherwise: number): number {
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MAX_SIDE) : otherwise
}

/** One session channel (RFC 4254 section 6): environment and terminal first, then one shell, one command or SFTP. */
export function serveSession(session: Session, options: SessionOptions): void {
  const variables = new Map<string, string>()
  let terminal: Pick<PseudoTtyInfo, 'cols' | 'rows' | 'term'> | undefined
  let program: Program | undefined

  session.on('env', (accept, reject, { key, val }) => {
    if (!isAcceptedVariable(key, val) || variables.size >= MAX_VARIABLES) return reject?.()
    variables.set(key, val)
    accept?.()
  })
  session.on('pty', (accept, _reject, info) => {
    terminal = info
    accept?.()
  })
  session.on('window-change', (accept, _reject, { cols, rows }) => {
    if (terminal) terminal = { ...terminal, cols, rows }
    program?.resize(side(cols, 80), side(rows, 24))
    accept?.()
  })
  session.on('signal', (accept, _reject, { name }) => {
    program?.signal(name)
    accept?.()
  })
  session.on('shell', (accept) => {
    program = run(accept(), ['-l'])
  })
  session.on('exec', (accept, _reject, { command }) => {
    program = run(accept(), ['-c', command])
  })
  session.on('sftp', (accept) => serveSftp(accept(), options.settings.home))

  function run(channel: ServerChannel, args: readonly string[]): Program | undefined {
    const { settings, tree, socket, log } = options
    const env = { ...labEnvironment(settings), ...Object.fromEntries(variables) }
    const common = { cwd: settings.home, channel, socket, tree }
    const launch = (more: Record<string, string>) =>
      withNothingOpen({ file: settings.shell, args, env: { ...env, ...more } })
    try {
      if (terminal === undefined) return runWithPipes({ ...common, ...launch({}) })
      const columns = side(terminal.cols, 80)
      const rows = side(terminal.rows, 24)
      return runInTerminal({ ...common, ...launch({ TERM: terminalType(terminal.term) }), columns, rows })
    } catch (error) {
      log(`a shell could not be started: ${error instanceof Error ? error.message : String(error)}`)
      channel.write('The shell could not be started on this machine.\r\n')
      channel.exit(1)
      channel.end()
      return undefined
    }
  }
}
