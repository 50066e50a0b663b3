/** From the platform's first word to a launch that is proved and belongs to the browser that began it. */
import { timingSafeEqual } from 'node:crypto'
import { LabError } from '../../../../src/wire/problems.js'
import { refused } from '../claims.js'
import { type Clock, hashSecret, newSecret, type RandomBytes } from '../secret.js'
import { readLaunch } from './claims.js'
import type { Launch, LoginRequest, LtiStore, OneTime, Registration } from './ports.js'
import type { Registrations } from './registrations.js'
import type { IdTokens } from './verify.js'

/** How long a platform may take to sign a person in, milliseconds; it may ask them for consent. */
export const LOGIN_LIFE = 10 * 60_000

/** What the platform sends, as it sends it (OpenID Connect third-party initiated login, LTI 1.3 section 5.1.1). */
export interface LoginParameters {
  readonly iss: string
  readonly login_hint: string
  readonly target_link_uri: string
  readonly client_id?: string
  readonly lti_message_hint?: string
  readonly lti_deployment_id?: string
  /** Canvas sends it under this name. */
  readonly deployment_id?: string
  readonly lti_storage_target?: string
}

/** Where the browser goes next, and the secret it must bring back: the state alone could be handed to another one. */
export interface BegunLogin {
  readonly redirect: string
  readonly state: string
  readonly browser: string
  readonly login: LoginRequest
  readonly registration: Registration
}

export interface LaunchAnswer {
  readonly state: string
  readonly idToken: string
  /** The secret that came back by cookie. */
  readonly browser: string | undefined
}

export type LaunchResult =
  | { readonly kind: 'proved'; readonly launch: Launch; readonly registration: Registration }
  /** The browser must first bring its secret from the platform's storage, with this handle. */
  | {
      readonly kind: 'prove'
      readonly handle: string
      readonly state: string
      readonly login: LoginRequest
      readonly registration: Registration
    }
  /** Nothing came back: it must be begun anew where cookies work, in a window of its own. */
  | { readonly kind: 'window'; readonly login: LoginRequest; readonly registration: Registration }

export interface LaunchDeps {
  readonly publicUrl: string
  readonly registrations: Registrations
  readonly tokens: IdTokens
  readonly store: Pick<LtiStore, 'put' | 'take'>
  readonly now: Clock
  readonly random: RandomBytes
}

export class Launches {
  readonly #deps: LaunchDeps

  constructor(deps: LaunchDeps) {
    this.#deps = deps
  }

  /** The only address that platforms launch, and that they send id_tokens to. */
  get launchUrl(): string {
    return `${this.#deps.publicUrl}/lti/launch`
  }

  /** @throws LabError `auth/issuer-untrusted`, or `auth/token-invalid` for a target that is not ours. */
  async begin(parameters: LoginParameters): Promise<BegunLogin> {
    const registration = await this.#registration(parameters.iss, parameters.client_id)
    if (parameters.target_link_uri !== this.launchUrl) {
      throw refused(`target_link_uri is not ${this.launchUrl}.`)
    }
    const login = loginOf(parameters, registration)
    if (login.deploymentId !== undefined && !registration.deploymentIds.includes(login.deploymentId)) {
      throw refused('lti_deployment_id is not known.')
    }
    const [state, nonce, browser] = [this.#secret(), this.#secret(), this.#secret()]
    await this.#keep(state, { kind: 'login', login, nonce, browser: hashSecret(browser) })
    const redirect = authRequest(registration, login, { state, nonce, redirectUri: this.launchUrl })
    return { redirect, state, browser, login, registration }
  }

  /**
   * Uses the state up, whatever comes of it.
   * @throws LabError `auth/token-invalid`, `auth/token-expired`, `auth/token-replayed`, `auth/issuer-untrusted`, …
   */
  async receive({ state, idToken, browser }: LaunchAnswer): Promise<LaunchResult> {
    const kept = await this.#take(state, 'login')
    const { login, nonce } = kept
    const registration = await this.#registration(login.issuer, login.clientId)
    const payload = await this.#deps.tokens.prove(idToken, registration)
    const launch = readLaunch(payload, { registration, login, nonce })
    if (browser !== undefined && isSecretOf(browser, kept.browser)) return { kind: 'proved', launch, registration }
    if (login.storageTarget === undefined) return { kind: 'window', login, registration }
    const handle = this.#secret()
    await this.#keep(handle, { kind: 'proof', login, launch, browser: kept.browser })
    return { kind: 'prove', handle, state, login, registration }
  }

  /** The platform could not sign the person in where it stands; uses the state up. Says what to begin anew. */
  async giveUp(state: string): Promise<{ login: LoginRequest; registration: Registration }> {
    const { login } = await this.#take(state, 'login')
    return { login, registration: await this.#registration(login.issuer, login.clientId) }
  }

  /** The browser brings its secret from the platform's storage, or none. Uses the handle up. */
  async prove(handle: string, browser: string | undefined): Promise<LaunchResult> {
    const { login, launch, browser: hash } = await this.#take(handle, 'proof')
    const registration = await this.#registration(login.issuer, login.clientId)
    const same = browser !== undefined && isSecretOf(browser, hash)
    return same ? { kind: 'proved', launch, registration } : { kind: 'window', login, registration }
  }

  async #registration(issuer: string, clientId: string | undefined): Promise<Registration> {
    const registration = await this.#deps.registrations.find(issuer, clientId)
    if (registration === undefined) throw new LabError('auth/issuer-untrusted')
    return registration
  }

  #secret(): string {
    return newSecret(this.#deps.random)
  }

  async #keep(secret: string, value: OneTime): Promise<void> {
    await this.#deps.store.put(hashSecret(secret), value, new Date(this.#deps.now().getTime() + LOGIN_LIFE))
  }

  async #take<K extends OneTime['kind']>(secret: string, kind: K): Promise<Extract<OneTime, { kind: K }>> {
    const kept = await this.#deps.store.take(hashSecret(secret.slice(0, 64)))
    if (!isKind(kept, kind)) {
      throw new LabError('auth/token-replayed', { message: `the ${kind} is unknown, used or expired` })
    }
    return kept
  }
}

export function isKind<K extends OneTime['kind']>(
  kept: OneTime | undefined,
  kind: K,
): kept is Extract<OneTime, { kind: K }> {
  return kept?.kind === kind
}

function isSecretOf(secret: string, hash: string): boolean {
  const [given, kept] = [Buffer.from(hashSecret(secret)), Buffer.from(hash)]
  return given.length === kept.length && timingSafeEqual(given, kept)
}

function loginOf(parameters: LoginParameters, { issuer, clientId }: Registration): LoginRequest {
  const { lti_message_hint: messageHint, lti_storage_target: storageTarget } = parameters
  const deploymentId = parameters.lti_deployment_id ?? parameters.deployment_id
  return {
    ...{ issuer, clientId, loginHint: parameters.login_hint, targetLinkUri: parameters.target_link_uri },
    ...(messageHint !== undefined && { messageHint }),
    ...(deploymentId !== undefined && { deploymentId }),
    ...(storageTarget !== undefined && { storageTarget }),
  }
}

/** LTI 1.3 security framework, section 5.1.1.2. Hints go back byte for byte. */
function authRequest(
  { authUrl, clientId }: Registration,
  { loginHint, messageHint }: LoginRequest,
  { state, nonce, redirectUri }: { state: string; nonce: string; redirectUri: string },
): string {
  const url = new URL(authUrl)
  const parameters = {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: clientId,
    redirect_uri: redirectUri,
    login_hint: loginHint,
    ...(messageHint !== undefined && { lti_message_hint: messageHint }),
    state,
    nonce,
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
