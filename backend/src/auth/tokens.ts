/**
 * Signed tokens (JWT, RFC 7519) that an LMS gives its page: proved by the keys of their issuer, used once.
 * Follows RFC 8725: algorithms are a short list bound to the kind of key, and issuer and audience are exact.
 */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { LabError } from '../../../src/wire/problems.js'
import { MAX_TOKEN_LENGTH } from '../../../src/wire/protocol.js'
import { type JwtTrust, SIGNATURE_ALGORITHMS, type Trust } from '../config/config.js'
import { readClaims, refused, TOKEN_LIMITS } from './claims.js'
import { type KeySet, type KeySetOptions, openKeySet } from './key-sets.js'
import { isAllowedOrigin, type OriginRules } from './origins.js'
import type { AuthStore, Principal } from './ports.js'
import { prove } from './proof.js'
import type { Clock } from './secret.js'

const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export class TokenVerifier {
  readonly #trust: ReadonlyMap<string, { trust: JwtTrust; keys: KeySet }>
  readonly #rules: OriginRules
  readonly #store: AuthStore
  readonly #now: Clock

  constructor(deps: {
    config: OriginRules & { readonly trust: readonly Trust[] }
    store: AuthStore
    now: Clock
    fetch: typeof fetch
    keys?: Pick<KeySetOptions, 'coolDown' | 'timeout'>
  }) {
    const options = { fetch: deps.fetch, now: deps.now, ...deps.keys }
    this.#trust = new Map(
      deps.config.trust
        .filter((trust) => trust.type === 'jwt')
        .map((trust) => [trust.issuer, { trust, keys: openKeySet(trust.keys, options) }]),
    )
    this.#rules = deps.config
    this.#store = deps.store
    this.#now = deps.now
  }

  /**
   * Who the token stands for. Uses the token up: the same one is refused from then on.
   * @throws LabError `auth/issuer-untrusted`, `auth/origin-refused`, `auth/token-invalid`, `auth/token-expired`,
   *   `auth/token-replayed`, or `auth/issuer-unreachable` when the issuer's keys cannot be fetched (try again).
   */
  async verify(token: string, origin: string | undefined): Promise<Principal> {
    const { kid, issuer } = peek(token)
    const known = this.#trust.get(issuer)
    if (known === undefined) throw new LabError('auth/issuer-untrusted')
    if (!this.#mayBring(known.trust, origin)) throw new LabError('auth/origin-refused')

    const now = this.#now()
    const payload = await prove(token, kid, known.keys, {
      algorithms: [...(known.trust.algorithms ?? SIGNATURE_ALGORITHMS)],
      issuer: known.trust.issuer,
      audience: known.trust.audience,
      clockTolerance: TOKEN_LIMITS.skew,
      currentDate: now,
      requiredClaims: ['exp', 'iat', 'sub', 'jti'],
    })
    const { principal, jti, rememberUntil } = readClaims(payload, known.trust, now)
    if (!(await this.#store.claimTokenId(principal.issuer, jti, rememberUntil))) {
      throw new LabError('auth/token-replayed')
    }
    return principal
  }

  #mayBring(trust: JwtTrust, origin: string | undefined): boolean {
    if (origin === undefined || !isAllowedOrigin(origin, this.#rules)) return false
    return trust.origins === undefined || trust.origins.includes(origin)
  }
}

/** Reads without believing: only to pick the keys, and to refuse cheaply what no key could save. */
function peek(token: string): { kid: string | undefined; issuer: string } {
  if (token.length > MAX_TOKEN_LENGTH) throw refused('The token is too long.')
  if (!TOKEN.test(token)) throw refused('The token is no signed JWT.')
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    if (!SIGNATURE_ALGORITHMS.some((one) => one === alg)) {
      throw refused(`The token is not signed by one of ${SIGNATURE_ALGORITHMS.join(', ')}.`)
    }
    const { iss } = decodeJwt(token)
    if (typeof iss !== 'string') throw refused('The claim iss is missing or is no text.')
    return { kid, issuer: iss }
  } catch (error) {
    throw error instanceof LabError ? error : refused('The token is no signed JWT.')
  }
}
