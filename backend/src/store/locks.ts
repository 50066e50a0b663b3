/** Locks on labs across replicas: session-level advisory locks on one connection, freed when the process dies. */
import type { Client, QueryResult, QueryResultRow } from 'pg'
import type { BaseLogger } from 'pino'
import type { LabId } from '../labs/lab.js'
import { openClient } from './pool.js'

/** PostgreSQL's `hashtextextended` of the name, with a seed of our own; 64 bits, so that two labs do not meet. */
const KEY = "hashtextextended('lab:' || $1, 7230514001)"

const SLOT_KEY = "hashtextextended('slot:' || $1 || ':' || slot, 7230514001)"

export class Locks {
  readonly #connectionString: string
  readonly #log: BaseLogger
  /** A session may take its own lock twice, so this process keeps its own account. */
  readonly #held = new Set<LabId>()
  readonly #slots = new Map<string, Set<number>>()
  /** A connection does one statement at a time. */
  #turn: Promise<unknown> = Promise.resolve()
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

  /**
   * One of the slots 0 to `count` - 1 of a name, and the way to give it back; `undefined` when all are taken, here or on
   * other replicas. The caller asks for one slot of a name at a time.
   */
  async slot(name: string, count: number): Promise<(() => Promise<void>) | undefined> {
    const held = this.#slots.get(name) ?? new Set<number>()
    this.#slots.set(name, held)
    if (held.size >= count) return undefined
    try {
      return await this.#trySlot(name, count, held)
    } catch {
      // As for a lab's lock.
      return await this.#trySlot(name, count, held)
    }
  }

  async #trySlot(name: string, count: number, held: Set<number>): Promise<(() => Promise<void>) | undefined> {
    const client = await this.#connected()
    const sql = `select slot from generate_series(0, $2::integer - 1) as slot
      where not slot = any($3::integer[]) and pg_try_advisory_lock(${SLOT_KEY}) limit 1`
    try {
      const { rows } = await this.#query<{ slot: number }>(client, sql, [name, count, [...held]])
      const slot = rows[0]?.slot
      if (slot === undefined) return undefined
      held.add(slot)
      return async () => {
        if (this.#live === client) await this.#unlockSlot(client, name, slot)
        held.delete(slot)
      }
    } catch (error) {
      this.#lost(client, error)
      throw error
    }
  }

  async #unlockSlot(client: Client, name: string, slot: number): Promise<void> {
    try {
      const sql = `select pg_advisory_unlock(${SLOT_KEY}) from (select $2::integer as slot) as s`
      await this.#query(client, sql, [name, slot])
    } catch (error) {
      this.#lost(client, error)
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
      const sql = `select pg_try_advisory_lock(${KEY}) as taken`
      const { rows } = await this.#query<{ taken: boolean }>(client, sql, [id])
      return rows[0]?.taken === true ? client : undefined
    } catch (error) {
      // It may hold the lock without our knowing.
      this.#lost(client, error)
      throw error
    }
  }

  #query<T extends QueryResultRow>(client: Client, sql: string, values: unknown[]): Promise<QueryResult<T>> {
    const asked = this.#turn.then(() => client.query<T>(sql, values))
    this.#turn = asked.catch(() => undefined)
    return asked
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
      await this.#query(client, `select pg_advisory_unlock(${KEY})`, [id])
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
