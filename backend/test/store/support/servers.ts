/** PostgreSQL servers for tests: the embedded one, and the one of `LAB_TEST_DATABASE_URL` where it is set. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import pg from 'pg'
import pino from 'pino'
import { startEmbedded } from '../../../src/store/embedded.js'

/** Quiet; `LAB_TEST_LOG=debug` shows what happens. */
export const log = pino({ level: process.env.LAB_TEST_LOG ?? 'silent' })

export interface TestServer {
  /** A connection string of a new, empty database. */
  fresh(): Promise<string>
}

/** A folder that other users may enter too, so that the embedded database stays in it when tests run as root. */
export async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-store-'))
  await chmod(folder, 0o755)
  return folder
}

/** Defines the suite once for each server. */
export function onEachServer(suite: (name: string, server: TestServer) => void): void {
  describe('on the embedded PostgreSQL', () => {
    let folder: string
    let stop: () => Promise<void>
    let url: string
    before(async () => {
      folder = await openFolder()
      const embedded = await startEmbedded({ folder, log })
      ;({ stop, connectionString: url } = embedded)
    })
    after(async () => {
      await stop?.()
      await rm(folder, { recursive: true })
    })
    suite('embedded', { fresh: () => create(url) })
  })
  const external = process.env.LAB_TEST_DATABASE_URL
  if (external === undefined) return
  describe('on the PostgreSQL of LAB_TEST_DATABASE_URL', () => {
    const made: string[] = []
    after(async () => {
      for (const url of made) await query(external, `drop database "${nameOf(url)}" with (force)`)
    })
    suite('external', {
      fresh: async () => {
        const url = await create(external)
        made.push(url)
        return url
      },
    })
  })
}

/** One statement on a connection of its own. */
export async function query<T extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<T>(sql, values)).rows
  } finally {
    await client.end()
  }
}

const DATABASE = /\/([^/?]*)(\?|$)/

async function create(url: string): Promise<string> {
  const name = `lab_test_${randomBytes(6).toString('hex')}`
  await query(url, `create database ${name}`)
  return url.replace(DATABASE, `/${name}$2`)
}

function nameOf(url: string): string {
  return DATABASE.exec(url)?.[1] ?? ''
}
