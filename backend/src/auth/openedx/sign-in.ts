/**
 * The sign-in of Open edX: the token in its cookies says who, the LMS says what they are in the course. The token is
 * used for this exchange and forgotten; what it proved lasts as long as its session, after which the page shows its
 * cookies again.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { Config, OpenedxTrust } from '../../config/config.js'
import { coursesInQuestion } from '../access.js'
import { TOKEN_LIMITS } from '../claims.js'
import { type KeySet, type KeySetOptions, openKeySet } from '../key-sets.js'
import type { Principal } from '../ports.js'
import { prove } from '../proof.js'
import type { Clock } from '../secret.js'
import { tokenInCookies } from './cookies.js'
import { OPENEDX_ALGORITHM, type OpenedxLearner, readLearner } from './learner.js'
import { askLmsBy, type Membership } from './lms.js'
import { Memberships } from './memberships.js'

export interface OpenedxRequest {
  /** The `Cookie` header. */
  readonly cookies: string | undefined
  /** The page's, exact. */
  readonly origin: string
  readonly lab: string
  readonly course?: string
}

export class OpenedxSignIn {
  readonly #config: Pick<Config, 'labs' | 'trust'>
  readonly #keys: ReadonlyMap<string, KeySet>
  readonly #memberships: Memberships
  readonly #now: Clock

  constructor(deps: {
    config: Pick<Config, 'labs' | 'trust'>
    now: Clock
    fetch: typeof fetch
    keys?: Pick<KeySetOptions, 'coolDown' | 'timeout'>
  }) {
    const options = { fetch: deps.fetch, now: deps.now, ...deps.keys }
    this.#config = deps.config
    this.#keys = new Map(platforms(deps.config).map(({ issuer, keys }) => [issuer, openKeySet(keys, options)]))
    this.#memberships = new Memberships({ ask: askLmsBy(deps.fetch), now: deps.now })
    this.#now = deps.now
  }

  /** Whether pages of this origin sign in by cookies: only to them a browser is told to send any. */
  takesCookiesOf(origin: string | undefined): boolean {
    return origin !== undefined && this.#platformOf(origin) !== undefined
  }

  /**
   * Who the cookies stand for, with the course that the LMS confirmed.
   * @throws LabError `auth/issuer-untrusted` (no platform for this page), `auth/no-session` (no cookies),
   *   `auth/token-invalid`, `auth/token-expired`, `auth/issuer-unreachable`, `auth/forbidden`, `lab/unknown`.
   */
  async principal(request: OpenedxRequest): Promise<Principal> {
    const trust = this.#platformOf(request.origin)
    const keys = trust && this.#keys.get(trust.issuer)
    if (trust === undefined || keys === undefined) {
      const detail =
        'The page has no way to get a token (token-url, tokenProvider), and its site is no trusted Open edX.'
      throw new LabError('auth/issuer-untrusted', { detail })
    }
    const token = tokenInCookies(request.cookies, trust.cookies)
    const learner = readLearner(
      await prove(token, undefined, keys, {
        algorithms: [OPENEDX_ALGORITHM],
        issuer: trust.issuer,
        audience: trust.audience,
        clockTolerance: TOKEN_LIMITS.skew,
        currentDate: this.#now(),
        requiredClaims: ['exp', 'iat', 'user_id', 'preferred_username', 'version'],
      }),
    )
    return principalOf(trust, learner, await this.#course(trust, learner, token, request))
  }

  /** The first course in question in which the learner is. */
  async #course(
    trust: OpenedxTrust,
    learner: OpenedxLearner,
    token: string,
    request: OpenedxRequest,
  ): Promise<({ course: string } & Membership) | undefined> {
    if (trust.enrolment === 'none') return undefined
    for (const course of coursesInQuestion(trust, request, this.#config)) {
      const question = { lms: trust.lms, token, username: learner.username, course }
      const membership = await this.#memberships.of(learner.userId, question)
      if (membership.enrolled || membership.staff || learner.administrator) return { course, ...membership }
    }
    throw new LabError('auth/forbidden')
  }

  #platformOf(origin: string): OpenedxTrust | undefined {
    return platforms(this.#config).find(({ origins }) => origins.includes(origin))
  }
}

function platforms({ trust }: Pick<Config, 'trust'>): readonly OpenedxTrust[] {
  return trust.filter((entry) => entry.type === 'openedx')
}

function principalOf(
  { issuer, labs }: OpenedxTrust,
  { userId, name, administrator }: OpenedxLearner,
  membership: ({ course: string } & Membership) | undefined,
): Principal {
  return {
    issuer,
    subject: String(userId),
    roles: [administrator || membership?.staff ? 'instructor' : 'learner'],
    ...(name !== undefined && { name }),
    ...(membership && { context: membership.course }),
    ...(labs && { labs }),
  }
}
