/** The labs in PostgreSQL. */
import type { Pool, PoolClient } from 'pg'
import { LabError } from '../../../src/wire/problems.js'
import type { Lab, LabChange, LabId, LabKey } from '../labs/lab.js'
import type { Durations, House, LabStore } from '../labs/ports.js'
import type { Usage, UsageFilter } from '../labs/usage.js'
import type { Alarm } from './alarm.js'
import { readHouse } from './house.js'
import { changed, type LabRow, labOf, parameters, UPDATE_LAB } from './lab-row.js'
import type { Locks } from './locks.js'
import { transaction } from './pool.js'
import type { Presence } from './presence.js'
import { readUsage } from './usage.js'
import { CHANGED_CHANNEL, type Watcher } from './watcher.js'

/** Lengths that an index row of PostgreSQL holds with ease. */
const KEY_LIMIT = 1_000
/** The history an estimate is made from. */
const DURATIONS_KEPT = 50

/** Any number, the same in every release: places are given one at a time on all replicas. */
const PLACEMENT_LOCK = 7_230_514_002

export interface LabStoreParts {
  readonly pool: Pool
  readonly locks: Locks
  readonly watcher: Watcher
  readonly presence: Presence
  readonly alarm: Alarm
  readonly now: () => Date
}

/** One change of a lab's phase. */
export interface LedgerEntry {
  readonly from: Lab['phase']
  readonly to: Lab['phase']
  readonly at: Date
  readonly cause: string | null
  readonly cloud: string | null
}

export class PostgresLabStore implements LabStore {
  readonly #parts: LabStoreParts

  constructor(parts: LabStoreParts) {
    this.#parts = parts
  }

  async find(key: LabKey): Promise<Lab | undefined> {
    const sql = 'select * from lab_terminal.lab where issuer = $1 and subject = $2 and name = $3'
    const { rows } = await this.#parts.pool.query<LabRow>(sql, keyParameters(key))
    return rows[0] && labOf(rows[0])
  }

  async get(id: LabId): Promise<Lab | undefined> {
    if (id.includes('\0')) return undefined
    const { rows } = await this.#parts.pool.query<LabRow>('select * from lab_terminal.lab where id = $1', [id])
    return rows[0] && labOf(rows[0])
  }

  async ensure(key: LabKey): Promise<Lab> {
    const found = await this.find(key)
    if (found !== undefined) return found
    const sql = `insert into lab_terminal.lab (issuer, subject, name, since) values ($1, $2, $3, $4)
      on conflict (issuer, subject, name) do nothing returning *`
    const { rows } = await this.#parts.pool.query<LabRow>(sql, [...keyParameters(key), this.#parts.now()])
    const lab = rows[0] ? labOf(rows[0]) : await this.find(key)
    if (lab === undefined) throw new LabError('server/internal', { message: `lab ${key.name} vanished as it was made` })
    return lab
  }

  async update(id: LabId, change: (lab: Lab) => LabChange | undefined): Promise<Lab> {
    return await this.#change(id, async () => change)
  }

  async place(id: LabId, change: (lab: Lab, house: House) => LabChange | undefined): Promise<Lab> {
    return await this.#change(id, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [PLACEMENT_LOCK])
      const house = await readHouse(client, id)
      return (lab) => change(lab, house)
    })
  }

  async house(): Promise<House> {
    return await readHouse(this.#parts.pool)
  }

  async exclusively(id: LabId, work: () => Promise<void>): Promise<boolean> {
    return await this.#parts.locks.exclusively(id, work)
  }

  async overdue(at: Date, limit: number): Promise<LabId[]> {
    const sql = 'select id from lab_terminal.lab where look_at < $1 order by look_at, id limit $2'
    const { rows } = await this.#parts.pool.query<{ id: LabId }>(sql, [at, limit])
    return rows.map(({ id }) => id)
  }

  watch(listener: (id: LabId) => void): () => void {
    return this.#parts.watcher.watch(listener)
  }

  async list(filter: { phase?: Lab['phase'] } = {}): Promise<Lab[]> {
    const sql = 'select * from lab_terminal.lab where $1::text is null or phase = $1 order by issuer, subject, name'
    const { rows } = await this.#parts.pool.query<LabRow>(sql, [filter.phase ?? null])
    return rows.map(labOf)
  }

  async onCloud(cloud: string): Promise<Lab[]> {
    const { rows } = await this.#parts.pool.query<LabRow>('select * from lab_terminal.lab where cloud = $1', [cloud])
    return rows.map(labOf)
  }

  async count(): Promise<ReadonlyMap<Lab['phase'], number>> {
    const sql = 'select phase, count(*)::integer as count from lab_terminal.lab group by phase'
    const { rows } = await this.#parts.pool.query<{ phase: Lab['phase']; count: number }>(sql)
    return new Map(rows.map(({ phase, count }) => [phase, count]))
  }

  async history(id: LabId): Promise<LedgerEntry[]> {
    const sql = `select phase_from as "from", phase_to as "to", at, cause, cloud from lab_terminal.ledger
      where lab = $1 order by id`
    return (await this.#parts.pool.query<LedgerEntry>(sql, [id])).rows
  }

  async usage(filter: UsageFilter): Promise<Usage[]> {
    return await readUsage(this.#parts.pool, filter)
  }

  async durations(name: string, kind: 'launch' | 'resume'): Promise<Durations | undefined> {
    const sql = `select
        percentile_cont(0.5) within group (order by seconds) as typical,
        percentile_cont(0.9) within group (order by seconds) as slow
      from (
        select seconds from lab_terminal.duration where name = $1 and kind = $2 order by id desc limit ${DURATIONS_KEPT}
      ) as last`
    const { rows } = await this.#parts.pool.query<{ typical: number | null; slow: number | null }>(sql, [name, kind])
    const { typical, slow } = rows[0] ?? { typical: null, slow: null }
    return typical === null || slow === null ? undefined : { typicalSeconds: typical, slowSeconds: slow }
  }

  async recordDuration(name: string, kind: 'launch' | 'resume', seconds: number): Promise<void> {
    await this.#parts.pool.query('insert into lab_terminal.duration (name, kind, seconds) values ($1, $2, $3)', [
      name,
      kind,
      seconds,
    ])
    const trim = `delete from lab_terminal.duration where name = $1 and kind = $2 and id <= (
        select id from lab_terminal.duration where name = $1 and kind = $2 order by id desc offset ${DURATIONS_KEPT} limit 1
      )`
    await this.#parts.pool.query(trim, [name, kind])
  }

  async linkOpened(id: LabId, link: string): Promise<void> {
    await this.#parts.presence.linkOpened(id, link)
  }

  async linkClosed(id: LabId, link: string): Promise<number> {
    return await this.#parts.presence.linkClosed(id, link)
  }

  /** `prepare` runs first in the transaction: its lock is taken before the row's, in this order everywhere. */
  async #change(
    id: LabId,
    prepare: (client: PoolClient) => Promise<(lab: Lab) => LabChange | undefined>,
  ): Promise<Lab> {
    const { lab, next } = await transaction(this.#parts.pool, async (client) => {
      const change = await prepare(client)
      // The key never changes, so this lock lets links (which refer to it) come and go.
      const { rows } = await client.query<LabRow>('select * from lab_terminal.lab where id = $1 for no key update', [
        id,
      ])
      if (rows[0] === undefined) throw new LabError('lab/unknown', { message: `there is no lab with id ${id}` })
      const lab = labOf(rows[0])
      const wanted = change(lab)
      const next = wanted && changed(lab, wanted)
      if (next !== undefined) await this.#write(client, lab, next, wanted?.cause)
      return { lab, next }
    })
    if (next?.lookAt && wakes(lab, next)) this.#parts.alarm.set(id, next.lookAt)
    return next ?? lab
  }

  async #write(client: PoolClient, lab: Lab, next: Lab, cause: string | undefined): Promise<void> {
    await client.query(UPDATE_LAB, parameters(next))
    if (next.phase !== lab.phase) {
      await client.query(
        `insert into lab_terminal.ledger (lab, issuer, subject, name, phase_from, phase_to, at, cause, cloud, course)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        // The cloud that cost something: the last step of a deletion forgets it.
        [
          lab.id,
          lab.issuer,
          lab.subject,
          lab.name,
          lab.phase,
          next.phase,
          this.#parts.now(),
          cause ?? null,
          next.cloud ?? lab.cloud,
          next.course,
        ],
      )
    }
    if (wakes(lab, next)) await client.query('select lab_terminal.wake($1, $2)', [lab.id, next.lookAt])
    // Delivered when the transaction commits, and never when it does not.
    await client.query('select pg_notify($1, $2)', [CHANGED_CHANNEL, lab.id])
  }
}

function wakes(lab: Lab, next: Lab): boolean {
  return next.lookAt !== null && next.lookAt.getTime() !== lab.lookAt?.getTime()
}

function keyParameters({ issuer, subject, name }: LabKey): string[] {
  const parts = [issuer, subject, name]
  if (parts.some((part) => part.includes('\0')) || parts.join('').length > KEY_LIMIT) {
    throw new LabError('request/invalid', {
      message: 'the name of a learner or a lab is too long or holds a zero character',
    })
  }
  return parts
}
