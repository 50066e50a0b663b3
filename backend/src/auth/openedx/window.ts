/**
 * The sign-in by a window (OAuth 2 code with PKCE), for pages to which the cookies of the LMS do not come along. Three
 * secrets hold it together: `state` with a cookie binds it to the browser it began in, the verifier of PKCE to this
 * server, and a verifier of the page's own to the page that opened the window.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { OpenedxTrust } from '../../config/config.js'
import { type Clock, hashSecret, newSecret, type RandomBytes } from '../secret.js'
import { authorizeUrl, challengeOf, fetchTokens, type LmsTokens } from './oauth.js'
import { seal, unseal } from './seal.js'

/** How long a person may take to sign in, milliseconds. */
export const WINDOW_LIFE = 10 * 60_000
/** How long the page may take to exchange its code. */
const CODE_LIFE = 60_000
/** How long tokens wait for their page to come again, at most; most end sooner by themselves. */
const KEPT_LIFE = 60 * 60_000

/** What the windows keep for one use, under the hash of a secret. */
export type WindowOneTime =
  | {
      readonly kind: 'window'
      readonly issuer: string
      readonly origin: string
      readonly challenge: string
      readonly verifier: string
      readonly browser: string
    }
  | {
      readonly kind: 'window-code'
      readonly issuer: string
      readonly origin: string
      readonly challenge: string
      readonly sealed: string
    }
  | { readonly kind: 'window-tokens'; readonly issuer: string; readonly origin: string; readonly sealed: string }

export interface WindowStore {
  put(hash: string, value: WindowOneTime, expiresAt: Date): Promise<void>
  /** Takes it out in one statement: of two callers at once one gets it. Undefined when it has expired. */
  take(hash: string): Promise<{ readonly kind: string } | undefined>
}

/** A page of the LMS, and the entry it belongs to. */
export interface WindowPage {
  readonly origin: string
  readonly trust: OpenedxTrust
}

export interface OpenedxWindowDeps {
  readonly publicUrl: string
  readonly store: WindowStore
  readonly fetch: typeof fetch
  readonly now: Clock
  readonly random: RandomBytes
}

export class OpenedxWindow {
  readonly #deps: OpenedxWindowDeps

  constructor(deps: OpenedxWindowDeps) {
    this.#deps = deps
  }

  /** Exact, as it is registered at the LMS. */
  get redirect(): string {
    return `${this.#deps.publicUrl}/openedx/signed-in`
  }

  /** @param challenge SHA-256 of the page's own secret, as PKCE writes it. */
  async begin({ origin, trust }: WindowPage, challenge: string) {
    const oauth = oauthOf(trust)
    const [state, browser, verifier] = [this.#secret(), this.#secret(), this.#secret()]
    const kept = { origin, issuer: trust.issuer, challenge, verifier, browser: hashSecret(browser) }
    await this.#put(state, { kind: 'window', ...kept }, WINDOW_LIFE)
    return { address: authorizeUrl(oauth, { redirect: this.redirect, state, verifier }), state, browser }
  }

  /**
   * The browser is back: who opened the window, of which entry, and a way to fetch the tokens. Uses the state up.
   * @throws LabError `auth/session-expired`: it was used, is too old, or began in another browser.
   */
  async back(state: string, browser: string | undefined) {
    const kept = await this.#take(state, 'window')
    if (kept === undefined || browser === undefined || hashSecret(browser) !== kept.browser) {
      throw new LabError('auth/session-expired')
    }
    return kept
  }

  /** @throws LabError `auth/token-invalid`, `auth/issuer-unreachable`. */
  async tokens(trust: OpenedxTrust, code: string, verifier: string): Promise<LmsTokens> {
    return fetchTokens(this.#deps.fetch, oauthOf(trust), { code, verifier, redirect: this.redirect })
  }

  /** @throws LabError `auth/token-invalid` (the LMS renews it no more), `auth/issuer-unreachable`. */
  async renew(trust: OpenedxTrust, refresh: string): Promise<LmsTokens> {
    return { refresh, ...(await fetchTokens(this.#deps.fetch, oauthOf(trust), { refresh })) }
  }

  /** The code by which the page that opened the window gets what the tokens are good for. */
  async offer({ origin, trust }: WindowPage, challenge: string, tokens: LmsTokens): Promise<string> {
    const code = this.#secret()
    const sealed = this.#seal(tokens, code)
    await this.#put(code, { kind: 'window-code', issuer: trust.issuer, origin, challenge, sealed }, CODE_LIFE)
    return code
  }

  /**
   * Uses the code up.
   * @throws LabError `auth/session-expired`: only another window helps.
   */
  async redeem({ origin, trust }: WindowPage, code: string, verifier: string): Promise<LmsTokens> {
    const kept = await this.#take(code, 'window-code')
    const own = kept?.issuer === trust.issuer && kept.origin === origin && kept.challenge === challengeOf(verifier)
    if (kept === undefined || !own) throw new LabError('auth/session-expired')
    return this.#unseal(kept.sealed, code)
  }

  /** For when the page comes again; `bearer` is the page's session. */
  async keep({ origin, trust }: WindowPage, bearer: string, tokens: LmsTokens): Promise<void> {
    const sealed = this.#seal(tokens, bearer)
    // In place of what the same page had before.
    await this.#take(nameOf(bearer), 'window-tokens')
    await this.#put(nameOf(bearer), { kind: 'window-tokens', issuer: trust.issuer, origin, sealed }, KEPT_LIFE)
  }

  /** Takes out what was kept; undefined for a page that signed in otherwise, or too long ago. */
  async kept({ origin, trust }: WindowPage, bearer: string): Promise<LmsTokens | undefined> {
    const kept = await this.#take(nameOf(bearer), 'window-tokens')
    if (kept === undefined || kept.issuer !== trust.issuer || kept.origin !== origin) return undefined
    return this.#unseal(kept.sealed, bearer)
  }

  #seal(tokens: LmsTokens, secret: string): string {
    return seal(JSON.stringify(tokens), secret, this.#deps.random)
  }

  #unseal(sealed: string, secret: string): LmsTokens {
    return JSON.parse(unseal(sealed, secret))
  }

  #secret(): string {
    return newSecret(this.#deps.random)
  }

  async #put(secret: string, value: WindowOneTime, life: number): Promise<void> {
    await this.#deps.store.put(hashSecret(secret), value, new Date(this.#deps.now().getTime() + life))
  }

  async #take<K extends WindowOneTime['kind']>(secret: string, kind: K) {
    const kept = await this.#deps.store.take(hashSecret(secret))
    return isKind(kept, kind) ? kept : undefined
  }
}

/** Apart from the session of the same bearer. */
function nameOf(bearer: string): string {
  return `tokens of ${bearer}`
}

function isKind<K extends WindowOneTime['kind']>(
  value: { readonly kind: string } | undefined,
  kind: K,
): value is Extract<WindowOneTime, { kind: K }> {
  return value?.kind === kind
}

function oauthOf({ oauth }: OpenedxTrust) {
  if (oauth === undefined) throw new LabError('auth/no-session')
  return oauth
}
