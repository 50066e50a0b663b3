/**
 * Signed tokens (JWT, RFC 7519) that an LMS gives its page: proved by the keys of their issuer, used once.
 * Follows RFC 8725: algorithms are a short list bound to the kind of key, and issuer and audience are exact.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { LabError } from '../../../src/wire/problems.js'
import type { JwtTrust } from '../config/config.js'
import { readClaims, refused, TOKEN_LIMITS } from './claims.js'
import { type KeySet, type KeySetOptions, KeysUnavailable, openKeySet } from './key-sets.js'
import { isAllowedOrigin, type OriginRules } from './origins.js'
import type { AuthStore, Principal } from './ports.js'
import type { Clock } from './secret.js'

/** Never `none`, never a shared secret: an LMS and this service are two parties. */
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256']
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export class TokenVerifier {
  readonly #trust: ReadonlyMap<string, { trust: JwtTrust; keys: KeySet }>
  readonly #rules: OriginRules
  readonly #store: AuthStore
  readonly #now: Clock

  constructor(deps: {
    config: OriginRules & { readonly trust: readonly JwtTrust[] }
    store: AuthStore
    now: Clock
    fetch: typeof fetch
    keys?: Pick<KeySetOptions, 'coolDown' | 'timeout'>
  }) {
    const options = { fetch: deps.fetch, now: deps.now, ...deps.keys }
    this.#trust = new Map(
      deps.config.trust.map((trust) => [trust.issuer, { trust, keys: openKeySet(trust.keys, options) }]),
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
    const payload = await prove(token, kid, known.trust, known.keys, now)
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
  if (token.length > TOKEN_LIMITS.length) throw refused('The token is too long.')
  if (!TOKEN.test(token)) throw refused('The token is no signed JWT.')
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    if (alg === undefined || !ALGORITHMS.includes(alg)) {
      throw refused(`The token is not signed by one of ${ALGORITHMS.join(', ')}.`)
    }
    const { iss } = decodeJwt(token)
    if (typeof iss !== 'string') throw refused('The claim iss is missing or is no text.')
    return { kid, issuer: iss }
  } catch (error) {
    throw error instanceof LabError ? error : refused('The token is no signed JWT.')
  }
}

async function prove(token: string, kid: string | undefined, trust: JwtTrust, keys: KeySet, now: Date) {
  const options: JWTVerifyOptions = {
    algorithms: ALGORITHMS,
    issuer: trust.issuer,
    audience: trust.audience,
    clockTolerance: TOKEN_LIMITS.skew,
    currentDate: now,
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
  }
  try {
    try {
      return await tryKeys(token, keys, options)
    } catch (error) {
      // A token that names no key cannot tell jose that the keys were changed: a bad signature is the only sign.
      const mayBeNew = kid === undefined && error instanceof errors.JWSSignatureVerificationFailed
      if (!mayBeNew || !(await keys.refresh())) throw error
      return await tryKeys(token, keys, options)
    }
  } catch (error) {
    throw problemFor(error)
  }
}

/** A token without `kid` may fit several keys: each is tried, as RFC 7515 section 4.1.4 leaves to us. */
async function tryKeys(token: string, keys: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys.find, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** jose's errors carry the claims; only their code goes on, for the log. */
function problemFor(error: unknown): LabError {
  if (error instanceof LabError) return error
  if (error instanceof KeysUnavailable) return new LabError('auth/issuer-unreachable', { cause: error })
  if (error instanceof errors.JWTExpired) return new LabError('auth/token-expired')
  const detail =
    error instanceof errors.JWTClaimValidationFailed
      ? `The claim ${error.claim} ${error.reason === 'missing' ? 'is missing' : 'is not what was expected'}.`
      : 'The signature of the token cannot be proved.'
  const message = error instanceof errors.JOSEError ? `${detail} (${error.code})` : detail
  return new LabError('auth/token-invalid', { detail, message })
}
