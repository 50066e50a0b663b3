/** Access tokens for a platform's services: OAuth 2 client credentials with a signed assertion (RFC 7523). */
import type { Clock } from '../secret.js'
import type { ToolKeys } from './keys.js'
import { askPlatform } from './platform-http.js'
import type { Registration } from './ports.js'

/** Seconds that an assertion is good for. */
const ASSERTION_LIFE = 60
/** A token is renewed so long before its end, milliseconds. */
const MARGIN_MS = 30_000
/** Seconds; what RFC 6749 leaves open where a platform does not say. */
const DEFAULT_LIFE = 300

interface HeldToken {
  readonly token: string
  readonly until: number
}

export class ServiceTokens {
  readonly #keys: Pick<ToolKeys, 'sign'>
  readonly #fetch: typeof fetch
  readonly #now: Clock
  readonly #held = new Map<string, HeldToken>()

  constructor(deps: { keys: Pick<ToolKeys, 'sign'>; fetch: typeof fetch; now: Clock }) {
    this.#keys = deps.keys
    this.#fetch = deps.fetch
    this.#now = deps.now
  }

  async get(registration: Registration, scope: string): Promise<string> {
    const name = nameOf(registration, scope)
    const held = this.#held.get(name)
    if (held !== undefined && held.until > this.#now().getTime()) return held.token
    const fresh = await this.#ask(registration, scope)
    this.#held.set(name, fresh)
    return fresh.token
  }

  /** The platform refused it. */
  forget(registration: Registration, scope: string): void {
    this.#held.delete(nameOf(registration, scope))
  }

  async #ask({ clientId, tokenUrl }: Registration, scope: string): Promise<HeldToken> {
    const assertion = await this.#keys.sign({ iss: clientId, sub: clientId, aud: tokenUrl }, ASSERTION_LIFE)
    const answer = await askPlatform(this.#fetch, {
      what: 'access token',
      url: tokenUrl,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        scope,
      }).toString(),
    })
    if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
      throw new TypeError('access token: the platform gave none')
    }
    const life = 'expires_in' in answer ? Number(answer.expires_in) : DEFAULT_LIFE
    const seconds = Number.isFinite(life) && life > 0 ? life : DEFAULT_LIFE
    return { token: String(answer.access_token), until: this.#now().getTime() + seconds * 1000 - MARGIN_MS }
  }
}

function nameOf({ issuer, clientId }: Registration, scope: string): string {
  return JSON.stringify([issuer, clientId, scope])
}
