/** Proves an id_token of a platform: RS256 only, by the keys of its own registration. */
import { decodeProtectedHeader, type JWTPayload } from 'jose'
import { refused } from '../claims.js'
import { type KeySet, type KeySetOptions, openKeySet } from '../key-sets.js'
import { prove } from '../proof.js'
import type { Registration } from './ports.js'

/** Seconds. */
const LAUNCH_LIMITS = {
  /** The oldest `iat`. */
  age: 300,
  /** By how much clocks may differ. */
  skew: 60,
  /** Characters of an id_token; deep linking carries what the platform likes. */
  length: 48 * 1024,
} as const

/** LTI 1.3 security framework, section 5.1.3: what every platform must have; nothing else is needed. */
const ALGORITHM = 'RS256'

export class IdTokens {
  readonly #options: KeySetOptions
  readonly #keys = new Map<string, KeySet>()

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /**
   * The claims, of which issuer, audience, `exp` and `iat` were checked.
   * @throws LabError `auth/token-invalid`, `auth/token-expired`, or `auth/issuer-unreachable` (its keys; try again).
   */
  async prove(token: string, { issuer, clientId, jwksUrl }: Registration): Promise<JWTPayload> {
    if (token.length > LAUNCH_LIMITS.length) throw refused('The id_token is too long.')
    return prove(token, keyIdOf(token), this.#keysAt(jwksUrl), {
      algorithms: [ALGORITHM],
      issuer,
      audience: clientId,
      maxTokenAge: LAUNCH_LIMITS.age,
      clockTolerance: LAUNCH_LIMITS.skew,
      currentDate: this.#options.now(),
      requiredClaims: ['exp', 'iat', 'nonce', 'sub'],
    })
  }

  #keysAt(url: string): KeySet {
    const known = this.#keys.get(url)
    if (known !== undefined) return known
    const made = openKeySet({ url }, this.#options)
    this.#keys.set(url, made)
    return made
  }
}

/** Read without believing; what no key could save is refused before any is fetched. */
function keyIdOf(token: string): string | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    if (alg === ALGORITHM) return kid
  } catch {
    throw refused('The id_token is no signed JWT.')
  }
  throw refused(`The id_token is not signed by ${ALGORITHM}.`)
}
