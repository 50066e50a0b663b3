/** An AuthStore in memory, with the clock of the test. */
import type { AuthStore, StoredSession, TicketClaims } from '../../src/auth/ports.js'

export class MemoryAuthStore implements AuthStore {
  readonly sessions = new Map<string, StoredSession>()
  readonly tickets = new Map<string, TicketClaims>()
  readonly tokenIds = new Map<string, Date>()
  /** How often a session was renewed, for tests of the throttle. */
  renewals = 0
  readonly #now: () => Date

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
  }

  async putSession(hash: string, session: StoredSession): Promise<void> {
    this.sessions.set(hash, structuredClone(session))
  }

  async replaceSession(hash: string, session: StoredSession): Promise<boolean> {
    if ((await this.getSession(hash)) === undefined) return false
    this.sessions.set(hash, structuredClone(session))
    return true
  }

  async getSession(hash: string): Promise<StoredSession | undefined> {
    const found = this.sessions.get(hash)
    return found !== undefined && found.expiresAt > this.#now() ? structuredClone(found) : undefined
  }

  async renewSession(hash: string, expiresAt: Date): Promise<void> {
    const found = this.sessions.get(hash)
    if (found === undefined) return
    this.renewals += 1
    this.sessions.set(hash, { ...found, expiresAt })
  }

  async deleteSession(hash: string): Promise<void> {
    this.sessions.delete(hash)
  }

  async putTicket(hash: string, claims: TicketClaims): Promise<void> {
    this.tickets.set(hash, structuredClone(claims))
  }

  async takeTicket(hash: string): Promise<TicketClaims | undefined> {
    const found = this.tickets.get(hash)
    this.tickets.delete(hash)
    return found
  }

  async claimTokenId(issuer: string, jti: string, expiresAt: Date): Promise<boolean> {
    const key = JSON.stringify([issuer, jti])
    const known = this.tokenIds.get(key)
    if (known !== undefined && known > this.#now()) return false
    this.tokenIds.set(key, expiresAt)
    return true
  }

  async sweep(now: Date): Promise<void> {
    for (const map of [this.sessions, this.tickets]) {
      for (const [key, { expiresAt }] of map) if (expiresAt <= now) map.delete(key)
    }
    for (const [key, expiresAt] of this.tokenIds) if (expiresAt <= now) this.tokenIds.delete(key)
  }
}
