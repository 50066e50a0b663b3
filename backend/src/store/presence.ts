/** Which pages are open where: links of replicas, and replicas that died without closing theirs. */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { BaseLogger } from 'pino'
import type { LabId } from '../labs/lab.js'
import { json } from './json.js'
import { transaction } from './pool.js'

const HEARTBEAT_MS = 10_000
/** In SQL, of a row `r` of `lab_terminal.replica`. By the database's clock, which all replicas share. */
export const ALIVE = "(not r.ended and r.seen_at > now() - interval '30 seconds')"

/** How another replica is reached; the secret proves that one of us asks. */
export interface Peer {
  readonly replica: string
  readonly address: string
  readonly secret: string
}

export interface PresenceOptions {
  readonly pool: Pool
  /** What the operator calls this replica. Rows of an earlier run of the same name are stale from the start. */
  readonly name: string
  /** The database has no other replica (embedded): every row of an earlier run is stale. */
  readonly sole: boolean
  /** Where other replicas reach this one, and the secret by which they prove themselves. */
  readonly peer?: { readonly address: string; readonly secret: string }
  readonly log: BaseLogger
}

export class Presence {
  /** Of this run of the replica. */
  readonly replica = randomUUID()
  readonly #options: PresenceOptions
  readonly #links = new Map<string, LabId>()
  readonly #pools: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { pool, name, sole } = this.#options
    await pool.query('update lab_terminal.replica set ended = true where name = $1 or $2', [name, sole])
    await this.#register()
    this.#timer = setInterval(() => {
      this.beat().catch((error) =>
        this.#options.log.warn({ err: error }, 'no heartbeat: other replicas may take this one for dead'),
      )
    }, HEARTBEAT_MS)
    this.#timer.unref()
  }

  /** This replica is alive. If another one took it for dead meanwhile, what it had is put back. */
  async beat(): Promise<void> {
    const sql = 'update lab_terminal.replica set seen_at = now() where id = $1 and not ended'
    const { rowCount } = await this.#options.pool.query(sql, [this.replica])
    if (rowCount === 0) await this.#register()
    else await this.#registerPools(this.#options.pool)
  }

  /** The jobs that this pool of workers has locked are this replica's. Put down now, or by the next heartbeat. */
  async workersStarted(pool: string): Promise<void> {
    this.#pools.push(pool)
    await this.#registerPools(this.#options.pool).catch((error) => {
      this.#options.log.debug({ err: error }, 'the job workers are not put down yet')
    })
  }

  async linkOpened(id: LabId, link: string): Promise<void> {
    // Also when another replica took this one for dead and removed it: nothing opened here would count.
    await this.beat()
    this.#links.set(link, id)
    const sql = 'insert into lab_terminal.link (lab, link, replica) values ($1, $2, $3) on conflict do nothing'
    await this.#options.pool.query(sql, [id, link, this.replica])
  }

  /** How many links of the lab remain on live replicas. Of two closed at once, the later one counts without the other. */
  async linkClosed(id: LabId, link: string): Promise<number> {
    this.#links.delete(link)
    return await transaction(this.#options.pool, async (client) => {
      await client.query('select 1 from lab_terminal.lab where id = $1 for no key update', [id])
      const remove = 'delete from lab_terminal.link where lab = $1 and link = $2 and replica = $3'
      await client.query(remove, [id, link, this.replica])
      const { rows } = await client.query<{ open: number }>(
        `select count(*)::integer as open from lab_terminal.link l
          join lab_terminal.replica r on r.id = l.replica where l.lab = $1 and ${ALIVE}`,
        [id],
      )
      return rows[0]?.open ?? 0
    })
  }

  /**
   * Calls `left` for each lab whose links were all on replicas that died, with the last time such a replica was seen,
   * and then forgets those links. A call that throws is made again next time.
   */
  async forgetDead(left: (id: LabId, lastSeen: Date) => Promise<void>): Promise<void> {
    const { pool, log } = this.#options
    // Marked first: a replica that wakes up after this finds out by its next heartbeat and puts its links back.
    await pool.query(`update lab_terminal.replica r set ended = true where not r.ended and not ${ALIVE}`)
    const { rows } = await pool.query<{ lab: LabId; seen_at: Date; open: boolean }>(
      `select l.lab, max(r.seen_at) filter (where r.ended) as seen_at, bool_or(${ALIVE}) as open
        from lab_terminal.link l join lab_terminal.replica r on r.id = l.replica
        group by l.lab having bool_or(r.ended)`,
    )
    const done: LabId[] = []
    for (const { lab, seen_at, open } of rows) {
      try {
        if (!open) await left(lab, seen_at)
        done.push(lab)
      } catch (error) {
        log.error({ err: error, lab }, 'a lab whose pages are gone could not be told so')
      }
    }
    await pool.query(
      `delete from lab_terminal.link l using lab_terminal.replica r
        where r.id = l.replica and r.ended and l.lab = any($1)`,
      [done],
    )
    await pool.query(
      `delete from lab_terminal.replica r where r.ended and r.seen_at < now() - interval '1 minute'
        and not exists (select 1 from lab_terminal.link l where l.replica = r.id)`,
    )
  }

  /** How many other replicas are alive. */
  async others(): Promise<number> {
    const { rows } = await this.#options.pool.query<{ count: number }>(
      `select count(*)::integer as count from lab_terminal.replica r where r.id <> $1 and ${ALIVE}`,
      [this.replica],
    )
    return rows[0]?.count ?? 0
  }

  /** Which other live replica has the link, and how it is reached. */
  async holder(link: string): Promise<Peer | undefined> {
    const { rows } = await this.#options.pool.query<{ id: string; peer: Omit<Peer, 'replica'> | null }>(
      `select r.id, r.peer from lab_terminal.link l join lab_terminal.replica r on r.id = l.replica
        where l.link = $1 and r.id <> $2 and ${ALIVE}`,
      [link, this.replica],
    )
    const [holder] = rows
    return holder?.peer ? { replica: holder.id, ...holder.peer } : undefined
  }

  /** The links stay: if their pages do not come back, the next run or another replica shortens their labs' leases. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#options.pool.query('update lab_terminal.replica set seen_at = now(), ended = true where id = $1', [
      this.replica,
    ])
  }

  async #register(): Promise<void> {
    const { pool, name, peer } = this.#options
    await transaction(pool, async (client) => {
      await client.query(
        `insert into lab_terminal.replica (id, name, peer) values ($1, $2, $3)
          on conflict (id) do update set seen_at = now(), ended = false`,
        [this.replica, name, peer === undefined ? null : json(peer)],
      )
      await this.#registerPools(client)
      await client.query(
        `insert into lab_terminal.link (lab, link, replica) select lab, link, $3
          from unnest($1::text[], $2::text[]) as open (lab, link) on conflict do nothing`,
        [[...this.#links.values()], [...this.#links.keys()], this.replica],
      )
    })
  }

  async #registerPools(client: Pool | PoolClient): Promise<void> {
    const sql = 'insert into lab_terminal.worker (pool, replica) select unnest($1::text[]), $2 on conflict do nothing'
    await client.query(sql, [this.#pools, this.replica])
  }
}
