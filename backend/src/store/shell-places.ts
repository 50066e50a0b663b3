/** Which replica holds which shell, in PostgreSQL, so that every replica leads a page to the one there is. */
import type { Pool } from 'pg'
import type { LabId } from '../labs/lab.js'
import { ALIVE, type Peer, type Presence } from './presence.js'

interface HolderRow {
  readonly id: string
  readonly peer: { readonly address: string; readonly secret: string } | null
}

export class PostgresShellPlaces {
  readonly #pool: Pool
  readonly #presence: Presence
  /** What is written of a shell is written in the order it happened. */
  readonly #writes = new Map<string, Promise<unknown>>()
  #left = false

  constructor(pool: Pool, presence: Presence) {
    this.#pool = pool
    this.#presence = presence
  }

  /**
   * Takes the shell for this replica, unless a live one holds it: then says which. `gone`: a replica that is known to be
   * no more, though its heartbeat is not missed yet. Undefined where a live one holds it that nobody can reach.
   */
  claim(lab: LabId, terminal: string, gone?: string): Promise<'here' | Peer | undefined> {
    return this.#inTurn(lab, terminal, async () => {
      if (this.#left) return undefined
      const me = this.#presence.replica
      const sql = `
        insert into lab_terminal.shell_place as p (lab, terminal, replica) values ($1, $2, $3)
        on conflict (lab, terminal) do update set replica = excluded.replica, since = now()
        where p.replica = $4
          or not exists (select 1 from lab_terminal.replica r where r.id = p.replica and ${ALIVE})`
      await this.#pool.query(sql, [lab, terminal, me, gone ?? me])
      return await this.find(lab, terminal)
    })
  }

  /** Who holds it, without taking it; undefined for nobody, or one that cannot be reached. */
  async find(lab: LabId, terminal: string): Promise<'here' | Peer | undefined> {
    const sql = `select p.replica as id, r.peer from lab_terminal.shell_place p
      join lab_terminal.replica r on r.id = p.replica where p.lab = $1 and p.terminal = $2 and ${ALIVE}`
    const [holder] = (await this.#pool.query<HolderRow>(sql, [lab, terminal])).rows
    if (holder?.id === this.#presence.replica) return 'here'
    return holder?.peer ? { replica: holder.id, ...holder.peer } : undefined
  }

  /** This replica does not hold it any more. */
  async release(lab: LabId, terminal: string): Promise<void> {
    await this.#inTurn(lab, terminal, async () => {
      const sql = 'delete from lab_terminal.shell_place where lab = $1 and terminal = $2 and replica = $3'
      await this.#pool.query(sql, [lab, terminal, this.#presence.replica])
    })
  }

  /** This replica stops: from now on it holds nothing, and others may. */
  async leave(): Promise<void> {
    this.#left = true
    await Promise.allSettled(this.#writes.values())
    await this.#pool.query('delete from lab_terminal.shell_place where replica = $1', [this.#presence.replica])
  }

  #inTurn<T>(lab: LabId, terminal: string, work: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([lab, terminal])
    const done = (this.#writes.get(key) ?? Promise.resolve()).then(work, work)
    this.#writes.set(key, done)
    const forget = (): void => {
      if (this.#writes.get(key) === done) this.#writes.delete(key)
    }
    done.then(forget, forget)
    return done
  }
}
