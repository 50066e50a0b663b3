/** Tells of committed changes of labs, by LISTEN on one connection. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Pool } from 'pg'
import type { BaseLogger } from 'pino'
import type { LabId } from '../labs/lab.js'
import { openClient } from './pool.js'

/** The payload is the lab's id. */
export const CHANGED_CHANNEL = 'lab_terminal_lab'

/** A connection that died without a word is noticed this late at most (ms). */
const PING_MS = 15_000
const RETRY_MS = { first: 50, most: 5_000 }

export interface WatcherOptions {
  readonly connectionString: string
  /** To read which labs there are after a gap. */
  readonly pool: Pool
  readonly log: BaseLogger
  readonly random?: () => number
}

export class Watcher {
  readonly #options: WatcherOptions
  readonly #listeners = new Set<(id: LabId) => void>()
  readonly #stopping = new AbortController()
  #client: Client | undefined
  #ping: NodeJS.Timeout | undefined

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  /** Resolves when it listens; after that it reconnects by itself. */
  async start(): Promise<void> {
    await this.#connect()
  }

  /**
   * Calls back with the id of each lab that changed. After a lost connection it calls back for every lab there is: any
   * of them may have changed unheard, so the listener looks again.
   */
  watch(listener: (id: LabId) => void): () => void {
    const own = (id: LabId) => listener(id)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#ping)
    this.#listeners.clear()
    await this.#drop()
  }

  async #connect(): Promise<void> {
    const client = openClient(this.#options.connectionString, 'watch')
    let lost = false
    const onLost = (error?: Error) => {
      if (lost || this.#client !== client) return
      lost = true
      void this.#reconnect(error)
    }
    client.on('error', onLost)
    client.on('end', () => onLost())
    client.on('notification', ({ payload }) => {
      if (payload !== undefined) this.#tell(payload)
    })
    try {
      await client.connect()
      await client.query(`listen ${CHANGED_CHANNEL}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    this.#client = client
    clearInterval(this.#ping)
    this.#ping = setInterval(() => {
      client.query('select 1').catch(onLost)
    }, PING_MS)
    this.#ping.unref()
  }

  async #reconnect(error: Error | undefined): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#options.log.warn({ err: error }, 'the connection that tells of changed labs was lost; reconnecting')
    const random = this.#options.random ?? Math.random
    void this.#drop()
    for (let delay = RETRY_MS.first; !this.#stopping.signal.aborted; delay = Math.min(delay * 2, RETRY_MS.most)) {
      try {
        await sleep(delay * random(), undefined, { signal: this.#stopping.signal, ref: false })
        await this.#connect()
        await this.#tellAll()
        this.#options.log.info('the connection that tells of changed labs is back')
        break
      } catch (failure) {
        this.#options.log.debug({ err: failure }, 'no connection to the database yet')
        await this.#drop()
      }
    }
    if (this.#stopping.signal.aborted) await this.#drop()
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #tellAll(): Promise<void> {
    if (this.#listeners.size === 0) return
    const { rows } = await this.#options.pool.query<{ id: LabId }>('select id from lab_terminal.lab')
    for (const { id } of rows) this.#tell(id)
  }

  #tell(id: LabId): void {
    for (const listener of this.#listeners) {
      try {
        listener(id)
      } catch (error) {
        this.#options.log.error({ err: error, lab: id }, 'a watcher of labs failed')
      }
    }
  }
}
