/**
 * The default database: a real PostgreSQL that the backend starts from npm's binaries and that ends with it, also when
 * the backend is killed. Reached by a unix socket only.
 */
import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { ensureCluster, readPassword, SUPERUSER } from './embedded/cluster.js'
import { findNative, type Native } from './embedded/native.js'
import { ELSEWHERE, findPlace, findPrograms } from './embedded/place.js'
import { awaitPrevious, socketsOf, tidy } from './embedded/previous.js'
import { DataFolderTaken, type Server, startServer } from './embedded/server.js'

export interface Embedded {
  /** For `pg`; holds a password: never logged. */
  readonly connectionString: string
  /** Resolves when the database has ended, asked or not. */
  readonly ended: Promise<void>
  /** A fast shutdown; resolves when the process is gone. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Absolute; made when it is missing. */
  readonly folder: string
  readonly log: BaseLogger
  /** For root only, where `folder` cannot be entered by other users. */
  readonly elsewhere?: string
  /** Default: npm's package for this platform. */
  readonly native?: Native
}

/** How often another backend may be faster; each time it is waited for, or named in the error. */
const ATTEMPTS = 5

/**
 * Starts the database of a folder, making it first when there is none. Throws `LabError` with words for the operator:
 * no binaries for this platform, folder in use by another backend (with its pid), folder not usable.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { folder, log, elsewhere = ELSEWHERE, native = await findNative() } = options
  const place = await findPlace(folder, log, elsewhere)
  const data = join(place.home, 'data')
  for (let attempt = 1; ; attempt += 1) {
    await awaitPrevious(data, log)
    if (attempt === 1) await tidy(place.home)
    const programs = await findPrograms(place, native, log)
    const password = await ensureCluster(programs, place)
    try {
      return opened(await startServer(programs, place, log), password, log)
    } catch (error) {
      if (!(error instanceof DataFolderTaken)) throw error
      if (attempt === ATTEMPTS) throw new LabError('server/internal', { message: error.message, cause: error })
    }
  }
}

/**
 * The database that another backend runs in this folder, for a command beside it; undefined when none does. The string
 * holds a password: never logged.
 */
export async function findRunning({
  folder,
  log,
  elsewhere = ELSEWHERE,
}: EmbeddedOptions): Promise<string | undefined> {
  const data = join((await findPlace(folder, log, elsewhere)).home, 'data')
  const sockets = await socketsOf(data)
  return sockets === undefined ? undefined : connectionString(await readPassword(data), sockets)
}

function connectionString(password: string, sockets: string): string {
  return `postgres://${SUPERUSER}:${password}@/postgres?host=${encodeURIComponent(sockets)}`
}

function opened(server: Server, password: string, log: BaseLogger): Embedded {
  let asked = false
  void server.ended.then(() => {
    if (!asked) log.error('the embedded database ended by itself')
  })
  return {
    connectionString: connectionString(password, server.sockets),
    ended: server.ended,
    stop: () => {
      asked = true
      return server.stop()
    },
  }
}
