/** Where the connections of guacd are, in PostgreSQL, so that every replica joins the one there is. */
import type { Pool } from 'pg'
import type { LabId } from '../labs/lab.js'

interface Place {
  readonly guacd: string
  readonly connection: string
}

interface Kept extends Place {
  /** Milliseconds since it was written, by the database's clock. */
  readonly age: number
}

export class PostgresDeskPlaces {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async find(lab: LabId, terminal: string): Promise<Kept | undefined> {
    const sql = `
      select guacd, connection, extract(epoch from clock_timestamp() - since)::float8 * 1000 as age
      from lab_terminal.desk_place where lab = $1 and terminal = $2`
    const { rows } = await this.#pool.query<Kept>(sql, [lab, terminal])
    return rows[0]
  }

  /** Writes `place` where there is none, or the one there is is `instead`; answers what is there afterwards. */
  async keep(lab: LabId, terminal: string, place: Place, instead: Place | undefined): Promise<Kept> {
    const sql = `
      insert into lab_terminal.desk_place as d (lab, terminal, guacd, connection) values ($1, $2, $3, $4)
      on conflict (lab, terminal) do update set guacd = excluded.guacd, connection = excluded.connection, since = now()
      where d.guacd = $5 and d.connection = $6`
    const { guacd, connection } = place
    await this.#pool.query(sql, [lab, terminal, guacd, connection, instead?.guacd ?? '', instead?.connection ?? ''])
    return (await this.find(lab, terminal)) ?? { ...place, age: 0 }
  }

  async forget(lab: LabId, terminal: string, { guacd, connection }: Place): Promise<void> {
    const sql =
      'delete from lab_terminal.desk_place where lab = $1 and terminal = $2 and guacd = $3 and connection = $4'
    await this.#pool.query(sql, [lab, terminal, guacd, connection])
  }
}
