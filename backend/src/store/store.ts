/** The store of the backend: labs, identity and jobs in one PostgreSQL. */
import { hostname } from 'node:os'
import type { BaseLogger } from 'pino'
import type { DatabaseConfig } from '../config/config.js'
import type { LabId } from '../labs/lab.js'
import { Alarm } from './alarm.js'
import { PostgresAuthStore } from './auth-store.js'
import { PostgresDeskPlaces } from './desk-places.js'
import { findRunning, startEmbedded } from './embedded.js'
import { type JobWork, type RunningJobs, startJobs } from './jobs.js'
import { PostgresLabStore } from './lab-store.js'
import { Locks } from './locks.js'
import { PostgresLtiStore } from './lti-store.js'
import { migrate } from './migrate.js'
import { openPool } from './pool.js'
import { type Peer, Presence } from './presence.js'
import { PostgresShellPlaces } from './shell-places.js'
import { Slots } from './slots.js'
import { PostgresStackSecrets } from './stack-secrets.js'
import { Strays } from './strays.js'
import { Watcher } from './watcher.js'

export interface StoreOptions {
  readonly log: BaseLogger
  /** What the operator calls this replica; two that run at once need two names. Default: host name and pid. */
  readonly replica?: string
  /** Where other replicas reach this one, and the secret by which they prove themselves; absent where it is alone. */
  readonly peer?: { readonly address: string; readonly secret: string }
  readonly now?: () => Date
}

export interface Store {
  readonly labs: PostgresLabStore
  readonly auth: PostgresAuthStore
  readonly lti: PostgresLtiStore
  readonly secrets: PostgresStackSecrets
  readonly slots: Slots
  readonly strays: Strays
  readonly desks: PostgresDeskPlaces
  readonly shells: PostgresShellPlaces
  /** Once. To be stopped before the store is closed. */
  startJobs(work: JobWork): Promise<RunningJobs>
  /**
   * For the sweep: calls `left` for each lab whose open pages were all on a backend that died, with the last time that
   * backend was seen, so that their leases are shortened as if the pages had closed then. At least once for each.
   */
  forgetDeadLinks(left: (id: LabId, lastSeen: Date) => Promise<void>): Promise<void>
  /** How many other replicas are alive. */
  others(): Promise<number>
  /** Which other replica has a page's link; undefined for none that can be asked. */
  holder(link: string): Promise<Peer | undefined>
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** Resolves when the embedded database has ended, asked or not; never for another database. */
  readonly databaseEnded: Promise<void>
  /** Ends connections and the embedded database. */
  close(): Promise<void>
}

/**
 * Starts the embedded database if that is configured, migrates, connects. Throws `LabError` with words for the operator.
 * Another database is PostgreSQL 13 or later, reached without a pooler that changes sessions between transactions:
 * locks, LISTEN and prepared statements belong to a session.
 */
export async function openStore(config: DatabaseConfig, options: StoreOptions): Promise<Store> {
  const { log } = options
  if (config.type === 'postgres') return await connectStore(config.url, false, options)
  const embedded = await startEmbedded({ folder: config.folder, log })
  try {
    const store = await connectStore(embedded.connectionString, true, options)
    return {
      ...store,
      databaseEnded: embedded.ended,
      close: async () => {
        await store.close()
        await embedded.stop()
      },
    }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/**
 * For a command beside a service that may be running: joins its database, or starts the embedded one for a while. Looks
 * after no lab by itself.
 */
export async function joinStore(config: DatabaseConfig, options: StoreOptions): Promise<Store> {
  if (config.type === 'postgres') return await connectStore(config.url, false, options)
  const running = await findRunning({ folder: config.folder, log: options.log })
  return running === undefined ? await openStore(config, options) : await connectStore(running, false, options)
}

/** `sole`: no other replica uses this database. */
export async function connectStore(connectionString: string, sole: boolean, options: StoreOptions): Promise<Store> {
  const { log, replica: name = `${hostname()}-${process.pid}`, now = () => new Date() } = options
  const pool = openPool(connectionString, log)
  const presence = new Presence({ pool, name, sole, log, ...(options.peer && { peer: options.peer }) })
  const watcher = new Watcher({ connectionString, pool, log })
  const locks = new Locks(connectionString, log)
  const alarm = new Alarm(now)
  const end = async () => {
    alarm.close()
    await watcher.stop()
    await locks.close()
    await pool.end()
  }
  try {
    await migrate(pool, log)
    await presence.start()
    await watcher.start()
  } catch (error) {
    await end()
    throw error
  }
  return {
    labs: new PostgresLabStore({ pool, locks, watcher, presence, alarm, now }),
    auth: new PostgresAuthStore(pool, now),
    lti: new PostgresLtiStore(pool, now),
    secrets: new PostgresStackSecrets(pool),
    slots: new Slots(locks),
    strays: new Strays(pool, now),
    desks: new PostgresDeskPlaces(pool),
    shells: new PostgresShellPlaces(pool, presence),
    startJobs: (work) => startJobs({ pool, presence, alarm, sole, log, now }, work),
    forgetDeadLinks: (left) => presence.forgetDead(left),
    others: () => presence.others(),
    holder: (link) => presence.holder(link),
    ping: async () => {
      await pool.query('select 1')
    },
    databaseEnded: new Promise(() => undefined),
    close: async () => {
      await presence.stop().catch((error) => log.warn({ err: error }, 'this replica could not sign off'))
      await end()
    },
  }
}
