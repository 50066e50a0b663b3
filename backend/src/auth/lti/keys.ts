/** The keys this tool signs with, made and changed by itself; platforms fetch the public halves. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, SignJWT } from 'jose'
import type { Clock } from '../secret.js'
import type { LtiStore, ToolKey } from './ports.js'

const DAY = 24 * 3600_000

/** Milliseconds. */
export const KEY_TIMES = {
  /** A key is published for so long before it signs: platforms keep a set of keys for a while. */
  lead: 2 * DAY,
  /** So old, and another is made. */
  life: 90 * DAY,
  /** Published for so long after the next one has taken over: what it signed must still be proved. */
  rest: 30 * DAY,
} as const

type KeyStore = Pick<LtiStore, 'keys' | 'addKey' | 'removeKeys'>

export class ToolKeys {
  readonly #store: KeyStore
  readonly #now: Clock

  constructor(deps: { store: KeyStore; now: Clock }) {
    this.#store = deps.store
    this.#now = deps.now
  }

  /** The public halves, as platforms fetch them (RFC 7517). */
  async published(): Promise<JSONWebKeySet> {
    const keys = await this.#current()
    return {
      keys: keys.map(({ kid, jwk: { kty, n, e } }) => {
        return { kid, use: 'sig', alg: 'RS256', ...(kty && { kty }), ...(n && { n }), ...(e && { e }) }
      }),
    }
  }

  /** A JWT (RFC 7519) of the claims and of issuer, times and `jti`; good for `seconds`. */
  async sign(claims: Record<string, unknown>, seconds: number): Promise<string> {
    const { kid, jwk } = signing(await this.#current(), this.#now())
    const issuedAt = Math.floor(this.#now().getTime() / 1000)
    return new SignJWT({ ...claims, iat: issuedAt, exp: issuedAt + seconds, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
      .sign(await importJWK(jwk, 'RS256'))
  }

  /** Makes the next key when it is time, and forgets those whose time is over. */
  async #current(): Promise<readonly [ToolKey, ...ToolKey[]]> {
    const now = this.#now()
    const before = (life: number): Date => new Date(now.getTime() - life)
    const newest = (await this.#store.keys()).at(-1)
    if (newest === undefined || newest.createdAt <= before(KEY_TIMES.life)) {
      await this.#store.addKey(await newKey(now), before(KEY_TIMES.life))
    } else if (newest.createdAt < before(KEY_TIMES.lead + KEY_TIMES.rest)) {
      await this.#store.removeKeys(newest.createdAt)
    }
    const [oldest, ...others] = await this.#store.keys()
    if (oldest === undefined) throw new Error('the key that was made is not there')
    return [oldest, ...others]
  }
}

/** The newest key that platforms had the time to fetch; the oldest while there is none. */
function signing(keys: readonly [ToolKey, ...ToolKey[]], now: Date): ToolKey {
  return keys.findLast(({ createdAt }) => createdAt.getTime() <= now.getTime() - KEY_TIMES.lead) ?? keys[0]
}

async function newKey(now: Date): Promise<ToolKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), jwk, createdAt: now }
}
