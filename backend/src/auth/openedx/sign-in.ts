/**
 * The sign-in of Open edX: the token in its cookies says who, the LMS says what they are in the course. The token is
 * used for this exchange and forgotten; what it proved lasts as long as its session, after which the page shows its
 * cookies again. A page without cookies signs in by a window instead, whose token waits, sealed, for the page.
 */
import { LabError, PROBLEMS } from '../../../../src/wire/problems.js'
import type { Config, OpenedxTrust } from '../../config/config.js'
import { coursesInQuestion } from '../access.js'
import { TOKEN_LIMITS } from '../claims.js'
import { type KeySet, type KeySetOptions, openKeySet } from '../key-sets.js'
import type { Principal } from '../ports.js'
import { prove } from '../proof.js'
import type { Clock } from '../secret.js'
import { hasToken, tokenInCookies } from './cookies.js'
import { OPENEDX_ALGORITHM, type OpenedxLearner, readLearner } from './learner.js'
import { askLmsBy, type Membership } from './lms.js'
import { Memberships } from './memberships.js'
import type { LmsTokens } from './oauth.js'
import type { OpenedxWindow, WindowPage } from './window.js'

export interface OpenedxRequest {
  /** The `Cookie` header. */
  readonly cookies: string | undefined
  /** The page's, exact. */
  readonly origin: string
  readonly lab: string
  readonly course?: string
  /** The session that the page has, or had. */
  readonly bearer?: string
  /** What its window got, and the page's secret to it. */
  readonly window?: { readonly code: string; readonly verifier: string }
}

/** Whom the LMS vouches for. */
export interface OpenedxVouched {
  readonly principal: Principal
  /** Milliseconds after which the LMS must be asked again. */
  readonly life: number
  /** To be called with the page's session, where it has no cookies to show the next time. */
  readonly keep?: (bearer: string) => Promise<void>
}

export class OpenedxSignIn {
  readonly #config: Pick<Config, 'labs' | 'trust'>
  readonly #keys: ReadonlyMap<string, KeySet>
  readonly #memberships: Memberships
  readonly #windows: OpenedxWindow
  readonly #now: Clock

  constructor(deps: {
    config: Pick<Config, 'labs' | 'trust'>
    windows: OpenedxWindow
    now: Clock
    fetch: typeof fetch
    keys?: Pick<KeySetOptions, 'coolDown' | 'timeout'>
  }) {
    const options = { fetch: deps.fetch, now: deps.now, ...deps.keys }
    this.#config = deps.config
    this.#keys = new Map(platforms(deps.config).map(({ issuer, keys }) => [issuer, openKeySet(keys, options)]))
    this.#memberships = new Memberships({ ask: askLmsBy(deps.fetch), now: deps.now })
    this.#windows = deps.windows
    this.#now = deps.now
  }

  /** Whether pages of this origin sign in by cookies: only to them a browser is told to send any. */
  takesCookiesOf(origin: string | undefined): boolean {
    return origin !== undefined && this.#platformOf(origin) !== undefined
  }

  /** Whether pages of this origin may sign in by a window. */
  opensWindowsFor(origin: string): boolean {
    return this.#platformOf(origin)?.oauth !== undefined
  }

  /**
   * Who the cookies, or the window, stand for, with the course that the LMS confirmed.
   * @throws LabError `auth/issuer-untrusted` (no platform for this page), `auth/no-session` (no cookies),
   *   `auth/window-needed` (the same where a window helps), `auth/session-expired` (the window's code), `auth/forbidden`,
   *   `auth/token-invalid`, `auth/token-expired`, `auth/issuer-unreachable`, `lab/unknown`.
   */
  async vouch(request: OpenedxRequest): Promise<OpenedxVouched> {
    const page = this.#pageOf(request.origin)
    const { recheck: life } = page.trust
    const { window, bearer } = request
    if (window !== undefined) {
      return this.#byWindow(page, request, await this.#windows.redeem(page, window.code, window.verifier))
    }
    if (page.trust.oauth !== undefined && !hasToken(request.cookies, page.trust.cookies)) {
      const kept = bearer === undefined ? undefined : await this.#windows.kept(page, bearer)
      if (bearer === undefined || kept === undefined) throw new LabError('auth/window-needed')
      return this.#again(page, request, bearer, kept)
    }
    const token = tokenInCookies(request.cookies, page.trust.cookies)
    return { principal: await this.#principal(page.trust, token, request), life }
  }

  /** Where a window of this page begins. @throws LabError `auth/issuer-untrusted`, `auth/no-session`. */
  async openWindow(origin: string, challenge: string) {
    return this.#windows.begin(this.#pageOf(origin), challenge)
  }

  /**
   * The window is back from the LMS: the code is for the page of that origin.
   * @param answer The LMS's code; absent where it signed nobody in.
   * @throws LabError `auth/session-expired`, `auth/no-session`, `auth/token-invalid`, `auth/issuer-unreachable`, …
   */
  async closeWindow(state: string, browser: string | undefined, answer: string | undefined) {
    const { origin, issuer, challenge, verifier } = await this.#windows.back(state, browser)
    const page = this.#pageOf(origin)
    if (page.trust.issuer !== issuer) throw new LabError('auth/session-expired')
    if (answer === undefined) throw new LabError('auth/no-session')
    const tokens = await this.#windows.tokens(page.trust, answer, verifier)
    await this.#learner(page.trust, tokens.token)
    return { origin, code: await this.#windows.offer(page, challenge, tokens) }
  }

  async #byWindow(page: WindowPage, request: OpenedxRequest, tokens: LmsTokens): Promise<OpenedxVouched> {
    const principal = await this.#principal(page.trust, tokens.token, request)
    return { principal, life: page.trust.recheck, keep: (bearer) => this.#windows.keep(page, bearer, tokens) }
  }

  /** A page that signed in by a window comes again. Whatever the LMS answers now, it is asked anew the next time. */
  async #again(page: WindowPage, request: OpenedxRequest, bearer: string, kept: LmsTokens): Promise<OpenedxVouched> {
    let tokens = kept
    try {
      tokens = await this.#fresh(page.trust, kept)
      return await this.#byWindow(page, request, tokens)
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      // Only a person can do something about a token that is good for nothing any more.
      if (PROBLEMS[error.code].http === 401) throw new LabError('auth/window-needed', { cause: error })
      await this.#windows.keep(page, bearer, tokens)
      throw error
    }
  }

  async #fresh(trust: OpenedxTrust, tokens: LmsTokens): Promise<LmsTokens> {
    try {
      await this.#learner(trust, tokens.token)
      return tokens
    } catch (error) {
      const ended = error instanceof LabError && error.code === 'auth/token-expired'
      if (!ended || tokens.refresh === undefined) throw error
      return this.#windows.renew(trust, tokens.refresh)
    }
  }

  async #principal(trust: OpenedxTrust, token: string, request: OpenedxRequest): Promise<Principal> {
    const learner = await this.#learner(trust, token)
    return principalOf(trust, learner, await this.#course(trust, learner, token, request))
  }

  async #learner(trust: OpenedxTrust, token: string): Promise<OpenedxLearner> {
    const keys = this.#keys.get(trust.issuer)
    if (keys === undefined) throw new LabError('auth/issuer-untrusted')
    const payload = await prove(token, undefined, keys, {
      algorithms: [OPENEDX_ALGORITHM],
      issuer: trust.issuer,
      audience: trust.audience,
      clockTolerance: TOKEN_LIMITS.skew,
      currentDate: this.#now(),
      requiredClaims: ['exp', 'iat', 'user_id', 'preferred_username', 'version'],
    })
    return readLearner(payload)
  }

  /** The first course in question in which the learner is. */
  async #course(
    trust: OpenedxTrust,
    learner: OpenedxLearner,
    token: string,
    request: OpenedxRequest,
  ): Promise<({ course: string } & Membership) | undefined> {
    if (trust.enrolment === 'none') return undefined
    const { lms, modes, recheck } = trust
    for (const course of coursesInQuestion(trust, request, this.#config)) {
      const question = { lms, token, username: learner.username, course, ...(modes && { modes }) }
      const membership = await this.#memberships.of(learner.userId, question, recheck / 5)
      if (membership.enrolled || membership.staff || learner.administrator) return { course, ...membership }
    }
    throw new LabError('auth/forbidden')
  }

  #pageOf(origin: string): WindowPage {
    const trust = this.#platformOf(origin)
    if (trust !== undefined) return { origin, trust }
    const detail =
      'This page is not set up for labs yet. For its author: it names no token-url or tokenProvider, and its site is not a trusted Open edX.'
    throw new LabError('auth/issuer-untrusted', { detail })
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
