/** The secrets of stacks in PostgreSQL. */
import type { Pool } from 'pg'
import type { LabId } from '../labs/lab.js'
import type { StackSecrets } from '../labs/ports.js'

export class PostgresStackSecrets implements StackSecrets {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async ensure(id: LabId, name: string, make: () => string | Promise<string>): Promise<string> {
    const kept = await this.find(id, name)
    if (kept !== undefined) return kept
    const made = await make()
    // The first one wins; whoever comes second reads what the first one wrote.
    const sql = 'insert into lab_terminal.stack_secret (lab, name, value) values ($1, $2, $3) on conflict do nothing'
    await this.#pool.query(sql, [id, name, made])
    return (await this.find(id, name)) ?? made
  }

  async find(id: LabId, name: string): Promise<string | undefined> {
    const sql = 'select value from lab_terminal.stack_secret where lab = $1 and name = $2'
    const { rows } = await this.#pool.query<{ value: string }>(sql, [id, name])
    return rows[0]?.value
  }

  async forget(id: LabId): Promise<void> {
    await this.#pool.query('delete from lab_terminal.stack_secret where lab = $1', [id])
  }
}
