/** Locks on labs across replicas: session-level advisory locks on one connection, freed when the process dies. */
import type { Client } from 'pg'
import type { BaseLogger } from 'pino'
import type { LabId } from '../labs/lab.js'
import { openClient } from './pool.js'

/** PostgreSQL's `hashtextextended` of the name, with a seed of our own; 64 bits, so that two labs do not meet. */
const KEY = "hashtextextended('lab:' || $1, 7230514001)"

export class Locks {
  readonly #connectionString: string
  readonly #log: BaseLogger
  /** A session may take its own lock twice, so this process keeps its own account. */
  readonly #held = new Set<LabId>()
  #client: Promise<Client> | undefined
  /** The same, once it is connected. */
  #live: Client | undefined

  constructor(connectionString: string, log: BaseLogger) {
    this.#connectionString = connectionString
    this.#log = log
  }

  /** Runs `work` holding the lab's lock; `false` when it is taken, here or on another replica. */
  async exclusively(id: LabId, work: () => Promise<void>): Promise<boolean> {
    if (this.#held.has(id)) return false
    this.#held.add(id)
    try {
      const client = await this.#locked(id)
      if (client === undefined) return false
      try {
        await work()
      } finally {
        await this.#unlock(client, id)
      }
      return true
    } finally {
      this.#held.delete(id)
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#live = undefined
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  /** The connection that holds the lab's lock now; `undefined` when somebody else does. */
  async #locked(id: LabId): Promise<Client | undefined> {
    try {
      return await this.#tryLock(id)
    } catch {
      // The connection was lost since it was used last; once more on a new one.
      return await this.#tryLock(id)
    }
  }

  async #tryLock(id: LabId): Promise<Client | undefined> {
    const client = await this.#connected()
    try {
      const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${KEY}) as taken`, [id])
      return rows[0]?.taken === true ? client : undefined
    } catch (error) {
      // It may hold the lock without our knowing.
      this.#lost(client, error)
      throw error
    }
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect()
    return this.#client
  }

  async #connect(): Promise<Client> {
    const client = openClient(this.#connectionString, 'locks')
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client, undefined))
    try {
      await client.connect()
    } catch (error) {
      this.#client = undefined
      throw error
    }
    this.#live = client
    return client
  }

  /** When it cannot be told, the connection is closed: better all locks of this replica freed than one kept for ever. */
  async #unlock(client: Client, id: LabId): Promise<void> {
    try {
      await client.query(`select pg_advisory_unlock(${KEY})`, [id])
    } catch (error) {
      this.#lost(client, error)
    }
  }

  #lost(client: Client, error: unknown): void {
    if (this.#live !== client) return
    this.#live = undefined
    this.#client = undefined
    this.#log.warn({ err: error, labs: [...this.#held] }, 'the connection that holds the locks of labs was lost')
    void client.end().catch(() => undefined)
  }
}
