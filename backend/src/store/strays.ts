/** What the sweep remembers between two looks at a cloud. */
import type { Pool } from 'pg'

export class Strays {
  readonly #pool: Pool
  readonly #now: () => Date

  constructor(pool: Pool, now: () => Date) {
    this.#pool = pool
    this.#now = now
  }

  /** True for one replica, once in `every` milliseconds. */
  async claim(cloud: string, every: number): Promise<boolean> {
    const now = this.#now()
    const { rowCount } = await this.#pool.query(
      `insert into lab_terminal.cloud_sweep (cloud, at) values ($1, $2)
        on conflict (cloud) do update set at = $2 where cloud_sweep.at <= $3`,
      [cloud, now, new Date(now.getTime() - every)],
    )
    return rowCount === 1
  }

  /** These, and no others, are the cloud's strays now; answers since when each is one. */
  async note(cloud: string, stacks: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    await this.#pool.query('delete from lab_terminal.stray where cloud = $1 and not stack = any($2)', [cloud, stacks])
    const { rows } = await this.#pool.query<{ stack: string; first_seen: Date }>(
      `insert into lab_terminal.stray (cloud, stack, first_seen, last_seen)
        select $1, stack, $3, $3 from unnest($2::text[]) as seen (stack)
        on conflict (cloud, stack) do update set last_seen = $3 returning stack, first_seen`,
      [cloud, stacks, this.#now()],
    )
    return new Map(rows.map(({ stack, first_seen }) => [stack, first_seen]))
  }

  async count(): Promise<ReadonlyMap<string, number>> {
    const sql = 'select cloud, count(*)::integer as count from lab_terminal.stray group by cloud'
    const { rows } = await this.#pool.query<{ cloud: string; count: number }>(sql)
    return new Map(rows.map(({ cloud, count }) => [cloud, count]))
  }
}
