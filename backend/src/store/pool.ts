/** Connections to PostgreSQL. */
import pg, { type Client, type Pool, type PoolClient } from 'pg'
import type { BaseLogger } from 'pino'

/** A hung statement or a forgotten transaction must not hold a lab's row for ever. */
const STATEMENT_LIMIT_MS = 30_000
const CONNECT_LIMIT_MS = 10_000
/** For everything but LISTEN and the locks, which have a connection each. The embedded database allows 80. */
const POOL_SIZE = 16

export function openPool(connectionString: string, log: BaseLogger): Pool {
  const pool = new pg.Pool({
    connectionString,
    max: POOL_SIZE,
    application_name: 'lab-terminal',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
  })
  // Without listeners a connection lost while idle would end the process. The next query gets a new one.
  pool.on('error', (error) => {
    // The pool hangs the whole connection on it, which is nothing for a log.
    if ('client' in error) Object.defineProperty(error, 'client', { enumerable: false })
    log.warn({ err: error }, 'a database connection was lost')
  })
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'a database connection was lost'))
  })
  return pool
}

/** A connection of its own, for what belongs to a session: LISTEN, advisory locks. Connected by the caller. */
export function openClient(connectionString: string, name: string): Client {
  return new pg.Client({
    connectionString,
    application_name: `lab-terminal ${name}`,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: CONNECT_LIMIT_MS,
    keepAlive: true,
  })
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}
