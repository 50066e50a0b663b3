/** Sessions: what a page holds after its LMS vouched for the learner. Opaque, bound to the page's origin. */
import { LabError } from '../../../src/wire/problems.js'
import type { AuthStore, Principal } from './ports.js'
import { type Clock, hashSecret, newSecret, type RandomBytes } from './secret.js'

const MINUTE = 60_000

export const SESSION_LIMITS = {
  /** A session unused for this long ends, in milliseconds. */
  idle: 15 * MINUTE,
  /** It is renewed at most this often, so that a busy page does not write to the store with every call. */
  renewEvery: MINUTE,
  /** However busy, it ends after this: then the LMS must vouch again. */
  life: 12 * 60 * MINUTE,
} as const

/** 32 random bytes and the 6 bytes of when it was opened: 38 bytes, 51 characters of base64url. */
const BEARER = /^[A-Za-z0-9_-]{51}$/

export interface OpenedSession {
  /** The bearer; told to the page once, stored hashed only. */
  readonly session: string
  readonly expiresAt: Date
}

export class Sessions {
  readonly #store: AuthStore
  readonly #now: Clock
  readonly #random: RandomBytes

  constructor(deps: { store: AuthStore; now: Clock; random: RandomBytes }) {
    this.#store = deps.store
    this.#now = deps.now
    this.#random = deps.random
  }

  /** Opens a session for a page of `origin`, which must have been checked before. */
  async open(principal: Principal, origin: string): Promise<OpenedSession> {
    const now = this.#now()
    // The opening time travels inside the bearer. The stored hash covers it, so a page cannot make itself younger.
    const opened = Buffer.alloc(6)
    opened.writeUIntBE(now.getTime(), 0, 6)
    const session = newSecret(this.#random, opened)
    const expiresAt = new Date(now.getTime() + SESSION_LIMITS.idle)
    await this.#store.putSession(hashSecret(session), { principal, origin, expiresAt })
    return { session, expiresAt }
  }

  /**
   * Who the bearer stands for; renews the session.
   * @throws LabError `auth/no-session` (unknown), `auth/session-expired`, `auth/origin-refused` (another page's).
   */
  async use(bearer: string, origin: string | undefined): Promise<Principal> {
    const now = this.#now().getTime()
    // Malformed bearers take the same way as unknown ones, a hash and a look-up, and learn nothing from the time.
    const hash = hashSecret(bearer.slice(0, 64))
    const stored = await this.#store.getSession(hash)
    if (!BEARER.test(bearer)) throw new LabError('auth/no-session')
    const opened = openedAt(bearer)
    const ends = opened + SESSION_LIMITS.life
    if (stored === undefined) {
      // The store forgets what has expired; a bearer older than the shortest session most likely was one.
      throw new LabError(opened + SESSION_LIMITS.idle <= now ? 'auth/session-expired' : 'auth/no-session')
    }
    if (stored.expiresAt.getTime() <= now || ends <= now) throw new LabError('auth/session-expired')
    if (stored.origin !== origin) throw new LabError('auth/origin-refused')

    const renewed = Math.min(now + SESSION_LIMITS.idle, ends)
    const gained = renewed - stored.expiresAt.getTime()
    if (gained >= SESSION_LIMITS.renewEvery) await this.#store.renewSession(hash, new Date(renewed))
    return stored.principal
  }

  /** Ends the session; an unknown one is no error. */
  async close(bearer: string): Promise<void> {
    await this.#store.deleteSession(hashSecret(bearer.slice(0, 64)))
  }
}

function openedAt(bearer: string): number {
  return Buffer.from(bearer, 'base64url').readUIntBE(32, 6)
}
