/** Brings the database to the schema of this release: numbered SQL files, each once, each in one transaction. */
import { readdir, readFile } from 'node:fs/promises'
import { runMigrations } from 'graphile-worker'
import type { Pool, PoolClient } from 'pg'
import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { workerLogger } from './worker-logger.js'

/** Any number, the same in every release: replicas that start at once migrate one after the other. */
const LOCK = 7_230_514_001

/** Beside this file in the sources and beside the bundle; the second for a bundle in pieces. */
const FOLDERS = [new URL('./migrations/', import.meta.url), new URL('../migrations/', import.meta.url)]

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

/** The migrations of this release in order. */
export async function migrations(folders: readonly URL[] = FOLDERS): Promise<Migration[]> {
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort()
    if (names.length === 0) continue
    return await Promise.all(
      names.map(async (name) => {
        return { version: Number(name.slice(0, 4)), name, sql: await readFile(new URL(name, folder), 'utf8') }
      }),
    )
  }
  throw new LabError('server/internal', {
    message: 'The migrations of the database are missing from this installation.',
  })
}

/** Throws `LabError` when the database was migrated by a newer release. */
export async function migrate(pool: Pool, log: BaseLogger, wanted?: readonly Migration[]): Promise<void> {
  const all = wanted ?? (await migrations())
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await runMigrations({ pgPool: pool, logger: workerLogger(log) })
    await prepare(client)
    const done = await current(client)
    const newest = all.at(-1)?.version ?? 0
    if (done > newest) {
      const message = `The database has schema ${done}, this release knows ${newest}: it was used by a newer release. Start that one.`
      throw new LabError('server/internal', { message })
    }
    for (const migration of all) {
      if (migration.version <= done) continue
      log.info({ migration: migration.name }, 'migrating the database')
      await apply(client, migration)
    }
  } finally {
    // Closed, not returned: the lock goes with it, whatever happened.
    client.release(true)
  }
}

async function prepare(client: PoolClient): Promise<void> {
  await client.query('create schema if not exists lab_terminal')
  await client.query(`
    create table if not exists lab_terminal.schema_version (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`)
}

async function current(client: PoolClient): Promise<number> {
  const sql = 'select coalesce(max(version), 0) as version from lab_terminal.schema_version'
  const { rows } = await client.query<{ version: number }>(sql)
  return rows[0]?.version ?? 0
}

async function apply(client: PoolClient, { version, name, sql }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into lab_terminal.schema_version (version, name) values ($1, $2)', [version, name])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new LabError('server/internal', {
      message: `The migration ${name} of the database failed: ${String(cause)}`,
      cause,
    })
  }
}
