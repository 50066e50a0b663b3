import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Pool } from 'pg'
import { LabError } from '../../../src/wire/problems.js'
import { type Migration, migrate, migrations } from '../../src/store/migrate.js'
import { openPool } from '../../src/store/pool.js'
import { log, onEachServer, query, type TestServer } from './support/servers.js'

onEachServer((_name, server) => {
  describe('migrations', () => {
    it('run once when three replicas start at once', async () => {
      const url = await server.fresh()
      const pools = [1, 2, 3].map(() => openPool(url, log))
      await Promise.all(pools.map((pool) => migrate(pool, log)))
      await Promise.all(pools.map((pool) => pool.end()))
      const rows = await query<{ version: number }>(
        url,
        'select version from lab_terminal.schema_version order by version',
      )
      assert.deepEqual(
        rows.map(({ version }) => version),
        (await migrations()).map(({ version }) => version),
      )
    })

    it('are refused on a database of a newer release', async () => {
      await withPool(server, async (pool) => {
        await migrate(pool, log)
        await pool.query("insert into lab_terminal.schema_version (version, name) values (9999, 'later')")
        await assert.rejects(
          migrate(pool, log),
          (error) => error instanceof LabError && /newer release/.test(error.message),
        )
      })
    })

    it('go on where the last release stopped, and leave nothing of one that failed', async () => {
      await withPool(server, async (pool) => {
        await migrate(pool, log)
        const last = (await migrations()).at(-1)?.version ?? 0
        const good: Migration = { version: last + 1, name: 'good', sql: 'create table lab_terminal.good (id integer)' }
        const sql = 'create table lab_terminal.half (id integer); select 1 / 0'
        const bad: Migration = { version: last + 2, name: 'bad', sql }
        const all = [...(await migrations()), good, bad]
        await assert.rejects(migrate(pool, log, all), /bad of the database failed/)
        const there = await pool.query(
          "select to_regclass('lab_terminal.good') good, to_regclass('lab_terminal.half') half",
        )
        assert.deepEqual(there.rows, [{ good: 'lab_terminal.good', half: null }])
        await migrate(pool, log, [...all.slice(0, -1), { ...bad, sql: 'select 1' }])
      })
    })
  })
})

describe('the files of the migrations', () => {
  it('are numbered without a gap', async () => {
    const versions = (await migrations()).map(({ version }) => version)
    assert.deepEqual(
      versions,
      versions.map((_, index) => index + 1),
    )
  })

  it('are missed with words', async () => {
    await assert.rejects(migrations([new URL('file:///nowhere/')]), /missing from this installation/)
  })
})

async function withPool(server: TestServer, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = openPool(await server.fresh(), log)
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}
