/** The postgres process of the embedded database. */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { BaseLogger } from 'pino'
import { LabError } from '../../../../src/wire/problems.js'
import type { Place } from './place.js'
import { ownerArgument } from './previous.js'
import { type Supervised, supervise } from './supervise.js'

/** sun_path is 104 bytes on macOS and 108 on Linux, with the final zero. */
const SOCKET_PATH_LIMIT = 103
const SOCKET_NAME = '.s.PGSQL.5432'
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 30_000

const SETTINGS = {
  listen_addresses: '',
  shared_buffers: '16MB',
  max_connections: '80',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // One process does its own reading: three less for a small database.
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_checkpoints: 'off',
  // Statements and their values stay out of the log.
  log_min_error_statement: 'panic',
}

/** Another backend was faster to lock the data folder. */
export class DataFolderTaken extends Error {
  override readonly name = 'DataFolderTaken'
}

export interface Server {
  /** The folder of the unix socket. */
  readonly sockets: string
  /** Resolves when the process has ended, asked or not. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

export async function startServer(programs: string, place: Place, log: BaseLogger): Promise<Server> {
  const sockets = await socketFolder(place)
  const settings = { ...SETTINGS, unix_socket_directories: `"${sockets.replaceAll('"', '""')}"` }
  const args = ['-D', join(place.home, 'data'), '-c', await ownerArgument()]
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
  const program = join(programs, 'bin', 'postgres')
  const run = supervise({ program, args, account: place.account, cwd: place.home, tidy: sockets })
  const ended = new Promise<void>((resolve) => run.once('exit', () => resolve()))
  await ready(run, log)
  return { sockets, ended, stop: () => stop(run, ended, log) }
}

/** New for each start and entered by the database's user only: no lock file of an earlier run is in the way. */
async function socketFolder({ home, account }: Place): Promise<string> {
  const near = join(home, `run-${process.pid}-${randomBytes(4).toString('hex')}`)
  const short = Buffer.byteLength(join(near, SOCKET_NAME)) <= SOCKET_PATH_LIMIT
  const folder = short ? near : await mkdtemp(join(tmpdir().length < 40 ? tmpdir() : '/tmp', 'lab-terminal-'))
  if (short) await mkdir(near, { mode: 0o700 })
  if (account !== undefined) await chown(folder, account.uid, account.gid)
  return folder
}

async function ready(run: Supervised, log: BaseLogger): Promise<void> {
  const lines = createInterface({ input: run.stderr })
  const last: string[] = []
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      run.stdin.end()
      reject(failed(['It did not get ready in time.', ...last]))
    }, START_LIMIT_MS)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }
    lines.on('line', (line) => {
      report(line, log)
      last.push(line)
      if (last.length > 10) last.shift()
      if (line.includes('ready to accept connections')) settle(resolve)
    })
    run.once('error', (error) => settle(() => reject(error)))
    run.once('close', () => settle(() => reject(failed(last))))
  })
}

function failed(last: readonly string[]): Error {
  const words = last.join('\n')
  if (/postmaster\.pid" already exists|pre-existing shared memory block/.test(words)) return new DataFolderTaken(words)
  return new LabError('server/internal', { message: `The embedded database did not start: ${words}` })
}

function report(line: string, log: BaseLogger): void {
  const level = / (LOG|WARNING|ERROR|FATAL|PANIC): {2}(.*)/.exec(line)?.[1]
  if (level === 'PANIC') log.error({ postgres: line }, 'database')
  else if (level === 'WARNING' || level === 'FATAL') log.warn({ postgres: line }, 'database')
  else log.debug({ postgres: line }, 'database')
}

async function stop(run: Supervised, ended: Promise<void>, log: BaseLogger): Promise<void> {
  run.stdin.end()
  const timer = setTimeout(() => {
    log.error('the embedded database does not stop; killing it')
    // The negative pid is the process group, which is only the supervisor and postgres.
    if (run.pid !== undefined) process.kill(-run.pid, 'SIGKILL')
  }, STOP_LIMIT_MS)
  await ended
  clearTimeout(timer)
}
