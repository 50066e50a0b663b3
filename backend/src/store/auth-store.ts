/** Sessions, tickets and used token ids in PostgreSQL. Bearer secrets come here hashed. */
import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { AuthStore, Principal, StoredSession, TicketClaims } from '../auth/ports.js'
import { json } from './json.js'

/** Claims as JSON: the date is a column of its own. */
type ClaimsJson = Omit<TicketClaims, 'expiresAt'>

interface SessionRow {
  readonly principal: Principal
  readonly origin: string
  readonly expires_at: Date
  readonly ends_at: Date
}

export class PostgresAuthStore implements AuthStore {
  readonly #pool: Pool
  readonly #now: () => Date

  constructor(pool: Pool, now: () => Date) {
    this.#pool = pool
    this.#now = now
  }

  async putSession(hash: string, { principal, origin, expiresAt, endsAt }: StoredSession): Promise<void> {
    const sql =
      'insert into lab_terminal.session (hash, principal, origin, expires_at, ends_at) values ($1, $2, $3, $4, $5)'
    await this.#pool.query(sql, [hash, json(principal), origin, expiresAt, endsAt])
  }

  async replaceSession(hash: string, { principal, origin, expiresAt, endsAt }: StoredSession): Promise<boolean> {
    const sql = `update lab_terminal.session set principal = $2, origin = $3, expires_at = $4, ends_at = $5
      where hash = $1 and expires_at > $6`
    const { rowCount } = await this.#pool.query(sql, [hash, json(principal), origin, expiresAt, endsAt, this.#now()])
    return rowCount === 1
  }

  async getSession(hash: string): Promise<StoredSession | undefined> {
    const sql = `select principal, origin, expires_at, ends_at from lab_terminal.session
      where hash = $1 and expires_at > $2`
    const { rows } = await this.#pool.query<SessionRow>(sql, [hash, this.#now()])
    const [row] = rows
    return row && { principal: row.principal, origin: row.origin, expiresAt: row.expires_at, endsAt: row.ends_at }
  }

  /** An expired session stays expired. */
  async renewSession(hash: string, expiresAt: Date): Promise<void> {
    const sql = 'update lab_terminal.session set expires_at = $2 where hash = $1 and expires_at > $3'
    await this.#pool.query(sql, [hash, expiresAt, this.#now()])
  }

  async deleteSession(hash: string): Promise<void> {
    await this.#pool.query('delete from lab_terminal.session where hash = $1', [hash])
  }

  async putTicket(hash: string, { expiresAt, ...claims }: TicketClaims): Promise<void> {
    const sql = 'insert into lab_terminal.ticket (hash, claims, expires_at) values ($1, $2, $3)'
    await this.#pool.query(sql, [hash, json(claims), expiresAt])
  }

  async takeTicket(hash: string): Promise<TicketClaims | undefined> {
    const sql = 'delete from lab_terminal.ticket where hash = $1 returning claims, expires_at'
    const { rows } = await this.#pool.query<{ claims: ClaimsJson; expires_at: Date }>(sql, [hash])
    return rows[0] && { ...rows[0].claims, expiresAt: rows[0].expires_at }
  }

  async claimTokenId(issuer: string, jti: string, expiresAt: Date): Promise<boolean> {
    const digest = createHash('sha256')
      .update(JSON.stringify([issuer, jti]))
      .digest('base64url')
    const sql = 'insert into lab_terminal.token_id (digest, expires_at) values ($1, $2) on conflict do nothing'
    const { rowCount } = await this.#pool.query(sql, [digest, expiresAt])
    return rowCount === 1
  }

  async sweep(now: Date): Promise<void> {
    for (const table of ['session', 'ticket', 'token_id']) {
      await this.#pool.query(`delete from lab_terminal.${table} where expires_at <= $1`, [now])
    }
  }
}
