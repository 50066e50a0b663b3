/** What the LTI tool keeps, in PostgreSQL. */
import type { JWK } from 'jose'
import type { Pool } from 'pg'
import type { GradeKey, GradeLine, LtiStore, OneTime, StoredRegistration, ToolKey } from '../auth/lti/ports.js'
import { json } from './json.js'

/** Any number: replicas that start at once make one key between them. */
const KEY_LOCK = 7_230_514_008

interface RegistrationRow {
  issuer: string
  client_id: string
  deployment_ids: string[]
  auth_url: string
  token_url: string
  jwks_url: string
}

export class PostgresLtiStore implements LtiStore {
  readonly #pool: Pool
  readonly #now: () => Date

  constructor(pool: Pool, now: () => Date) {
    this.#pool = pool
    this.#now = now
  }

  async put(hash: string, value: OneTime, expiresAt: Date): Promise<void> {
    const sql = 'insert into lab_terminal.one_time (hash, value, expires_at) values ($1, $2, $3)'
    await this.#pool.query(sql, [hash, json(value), expiresAt])
  }

  async take(hash: string): Promise<OneTime | undefined> {
    const sql = 'delete from lab_terminal.one_time where hash = $1 returning value, expires_at'
    const { rows } = await this.#pool.query<{ value: OneTime; expires_at: Date }>(sql, [hash])
    return rows[0] && rows[0].expires_at > this.#now() ? rows[0].value : undefined
  }

  async registrations(issuer: string): Promise<readonly StoredRegistration[]> {
    const sql = 'select * from lab_terminal.lti_registration where issuer = $1 order by registered_at'
    const { rows } = await this.#pool.query<RegistrationRow>(sql, [issuer])
    return rows.map((row) => ({
      issuer: row.issuer,
      clientId: row.client_id,
      deploymentIds: row.deployment_ids,
      authUrl: row.auth_url,
      tokenUrl: row.token_url,
      jwksUrl: row.jwks_url,
    }))
  }

  async putRegistration({ issuer, clientId, deploymentIds, ...urls }: StoredRegistration): Promise<void> {
    const sql = `
      insert into lab_terminal.lti_registration (issuer, client_id, deployment_ids, auth_url, token_url, jwks_url)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (issuer, client_id) do update set deployment_ids = excluded.deployment_ids,
        auth_url = excluded.auth_url, token_url = excluded.token_url, jwks_url = excluded.jwks_url`
    const { authUrl, tokenUrl, jwksUrl } = urls
    await this.#pool.query(sql, [issuer, clientId, JSON.stringify(deploymentIds), authUrl, tokenUrl, jwksUrl])
  }

  async keys(): Promise<readonly ToolKey[]> {
    const sql = 'select kid, jwk, created_at from lab_terminal.lti_key order by created_at, kid'
    const { rows } = await this.#pool.query<{ kid: string; jwk: JWK; created_at: Date }>(sql)
    return rows.map(({ kid, jwk, created_at: createdAt }) => ({ kid, jwk, createdAt }))
  }

  async addKey({ kid, jwk, createdAt }: ToolKey, unlessSince: Date): Promise<void> {
    // The lock is taken before the snapshot of the second statement: whoever waited sees the key that was made.
    const client = await this.#pool.connect()
    try {
      await client.query('begin')
      await client.query('select pg_advisory_xact_lock($1)', [KEY_LOCK])
      const sql = `
        insert into lab_terminal.lti_key (kid, jwk, created_at) select $1, $2, $3
        where not exists (select from lab_terminal.lti_key where created_at > $4)`
      await client.query(sql, [kid, JSON.stringify(jwk), createdAt, unlessSince])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }

  async removeKeys(createdBefore: Date): Promise<void> {
    await this.#pool.query('delete from lab_terminal.lti_key where created_at < $1', [createdBefore])
  }

  async putGradeLine({ issuer, subject, lab }: GradeKey, { clientId, lineItem }: GradeLine): Promise<void> {
    const sql = `
      insert into lab_terminal.lti_grade (issuer, subject, lab, client_id, line_item) values ($1, $2, $3, $4, $5)
      on conflict (issuer, subject, lab) do update set client_id = excluded.client_id, line_item = excluded.line_item`
    await this.#pool.query(sql, [issuer, subject, lab, clientId, lineItem])
  }

  async gradeLine({ issuer, subject, lab }: GradeKey): Promise<GradeLine | undefined> {
    const sql = `
      select client_id, line_item from lab_terminal.lti_grade where issuer = $1 and subject = $2 and lab = $3`
    const { rows } = await this.#pool.query<{ client_id: string; line_item: string }>(sql, [issuer, subject, lab])
    return rows[0] && { clientId: rows[0].client_id, lineItem: rows[0].line_item }
  }

  async scoreTime({ issuer, subject, lab }: GradeKey, now: Date): Promise<Date> {
    const sql = `
      update lab_terminal.lti_grade
      set scored_at = greatest($4::timestamptz, scored_at + interval '1 millisecond')
      where issuer = $1 and subject = $2 and lab = $3 returning scored_at`
    const { rows } = await this.#pool.query<{ scored_at: Date }>(sql, [issuer, subject, lab, now])
    return rows[0]?.scored_at ?? now
  }

  async sweep(now: Date): Promise<void> {
    await this.#pool.query('delete from lab_terminal.one_time where expires_at <= $1', [now])
  }
}
