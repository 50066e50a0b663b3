/** Sessions: what a page holds after its LMS vouched for the learner. Opaque, bound to the page's origin. */
import { LabError } from '../../../src/wire/problems.js'
import type { AuthStore, Principal, StoredSession } from './ports.js'
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
  readonly endsAt: Date
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

  /**
   * Opens a session for a page of `origin`, which must have been checked before.
   * @param life Milliseconds after which, however busy, the LMS must have vouched again.
   */
  async open(principal: Principal, origin: string, life: number = SESSION_LIMITS.life): Promise<OpenedSession> {
    const now = this.#now()
    // The opening time travels inside the bearer: an old one that is not known was a session once.
    const opened = Buffer.alloc(6)
    opened.writeUIntBE(now.getTime(), 0, 6)
    const session = newSecret(this.#random, opened)
    const times = timesFrom(now.getTime(), life)
    await this.#store.putSession(hashSecret(session), { principal, origin, ...times })
    return { session, ...times }
  }

  /**
   * The LMS vouched again for the learner of a session that still lives: it goes on, with what was said now, so that
   * its streams and tunnels need not end. Any other bearer is left alone, and a session is opened.
   */
  async prolong(
    bearer: string,
    principal: Principal,
    origin: string,
    life: number = SESSION_LIMITS.life,
  ): Promise<OpenedSession> {
    const hash = hashOf(bearer)
    const stored = BEARER.test(bearer) ? await this.#store.getSession(hash) : undefined
    const same = stored?.origin === origin && isSame(stored.principal, principal)
    const times = timesFrom(this.#now().getTime(), life)
    if (same && (await this.#store.replaceSession(hash, { principal, origin, ...times }))) {
      return { session: bearer, ...times }
    }
    return this.open(principal, origin, life)
  }

  /**
   * Who the bearer stands for; renews the session.
   * @throws LabError `auth/no-session` (unknown), `auth/session-expired`, `auth/origin-refused` (another page's).
   */
  async use(bearer: string, origin: string | undefined): Promise<Principal> {
    const now = this.#now().getTime()
    // Malformed bearers take the same way as unknown ones, a hash and a look-up, and learn nothing from the time.
    const hash = hashOf(bearer)
    const stored = await this.#store.getSession(hash)
    if (!BEARER.test(bearer)) throw new LabError('auth/no-session')
    if (stored === undefined) {
      // The store forgets what has expired; a bearer older than the shortest session most likely was one.
      throw new LabError(openedAt(bearer) + SESSION_LIMITS.idle <= now ? 'auth/session-expired' : 'auth/no-session')
    }
    if (!lives(stored, now)) throw new LabError('auth/session-expired')
    if (stored.origin !== origin) throw new LabError('auth/origin-refused')
    await this.#slide(hash, stored, now)
    return stored.principal
  }

  /**
   * Who the session of an open stream or tunnel stands for, by its `pageOf`; an open connection is a use of it.
   * @throws LabError `auth/session-expired`.
   */
  async useOf(page: string): Promise<Principal> {
    const now = this.#now().getTime()
    const stored = await this.#store.getSession(page)
    if (stored === undefined || !lives(stored, now)) throw new LabError('auth/session-expired')
    await this.#slide(page, stored, now)
    return stored.principal
  }

  /** Ends the session; an unknown one is no error. */
  async close(bearer: string): Promise<void> {
    await this.#store.deleteSession(hashOf(bearer))
  }

  async #slide(hash: string, stored: StoredSession, now: number): Promise<void> {
    const { expiresAt } = timesFrom(now, stored.endsAt.getTime() - now)
    const gained = expiresAt.getTime() - stored.expiresAt.getTime()
    if (gained >= SESSION_LIMITS.renewEvery) await this.#store.renewSession(hash, expiresAt)
  }
}

/** Names the page that a session was opened for; no secret. */
export function pageOf(bearer: string): string {
  return hashOf(bearer)
}

function hashOf(bearer: string): string {
  return hashSecret(bearer.slice(0, 64))
}

function timesFrom(now: number, life: number): { expiresAt: Date; endsAt: Date } {
  return { expiresAt: new Date(now + Math.min(SESSION_LIMITS.idle, life)), endsAt: new Date(now + life) }
}

function lives({ expiresAt, endsAt }: StoredSession, now: number): boolean {
  return now < expiresAt.getTime() && now < endsAt.getTime()
}

function isSame(a: Principal, b: Principal): boolean {
  return a.issuer === b.issuer && a.subject === b.subject
}

function openedAt(bearer: string): number {
  return Buffer.from(bearer, 'base64url').readUIntBE(32, 6)
}
