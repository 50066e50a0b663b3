/** A platform registers this tool itself (LTI Dynamic Registration 1.0), where the operator gave it a key. */
import { timingSafeEqual } from 'node:crypto'
import { LabError } from '../../../../src/wire/problems.js'
import { parseSecureUrl } from '../../config/addresses.js'
import type { LtiTrust, Trust } from '../../config/config.js'
import { hashSecret } from '../secret.js'
import { SCORE_SCOPE } from './claims.js'
import { askPlatform, type PlatformCall } from './platform-http.js'
import type { LtiStore, StoredRegistration } from './ports.js'

const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration'
/** What people see of this tool in the platform. */
const NAME = 'lab-terminal'

export interface SelfRegistrationDeps {
  readonly publicUrl: string
  readonly trust: readonly Trust[]
  readonly store: Pick<LtiStore, 'putRegistration'>
  readonly fetch: typeof fetch
}

export interface RegistrationCall {
  /** From the address: proves that the operator sent the platform here. */
  readonly key: string
  /** Where the platform describes itself. */
  readonly openidConfiguration: string
  /** The platform's word that its administrator is asking. */
  readonly registrationToken: string | undefined
}

interface Platform {
  readonly issuer: string
  readonly authUrl: string
  readonly tokenUrl: string
  readonly jwksUrl: string
  readonly registrationUrl: string
}

export class SelfRegistration {
  readonly #deps: SelfRegistrationDeps

  constructor(deps: SelfRegistrationDeps) {
    this.#deps = deps
  }

  /** The entry whose key it is. @throws LabError `auth/forbidden` */
  entryOf(key: string): LtiTrust {
    const entry = this.#deps.trust.find(
      (one) => one.type === 'lti' && 'registrationKey' in one && sameSecret(one.registrationKey, key),
    )
    if (entry?.type !== 'lti') throw new LabError('auth/forbidden')
    return entry
  }

  /** @throws LabError with words for the administrator, in `detail`. */
  async register({ key, openidConfiguration, registrationToken }: RegistrationCall): Promise<StoredRegistration> {
    const { issuer } = this.entryOf(key)
    const platform = platformOf(await this.#call({ what: 'openid configuration', url: openidConfiguration }))
    if (platform.issuer !== issuer) throw refusal(`The platform is not ${issuer}, which the configuration names.`)
    const answer = await this.#call({
      what: 'registration',
      url: platform.registrationUrl,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(registrationToken !== undefined && { authorization: `Bearer ${registrationToken}` }),
      },
      body: JSON.stringify(toolConfiguration(this.#deps.publicUrl)),
    })
    const { client_id: clientId, [TOOL]: tool } = record(answer)
    if (typeof clientId !== 'string' || clientId === '') throw refusal('The platform gave no client id.')
    const deployment = record(tool)['deployment_id']
    const { authUrl, tokenUrl, jwksUrl } = platform
    const registration = {
      ...{ issuer, clientId, authUrl, tokenUrl, jwksUrl },
      deploymentIds: typeof deployment === 'string' || typeof deployment === 'number' ? [String(deployment)] : [],
    }
    await this.#deps.store.putRegistration(registration)
    return registration
  }

  async #call(call: PlatformCall): Promise<unknown> {
    try {
      return await askPlatform(this.#deps.fetch, call)
    } catch (cause) {
      throw new LabError('auth/issuer-unreachable', {
        detail: `The platform did not answer as expected (${call.what}).`,
        cause,
      })
    }
  }
}

/** What this tool tells a platform of itself (OpenID Connect Dynamic Client Registration, with the members of LTI). */
function toolConfiguration(publicUrl: string): Record<string, unknown> {
  const launchUrl = `${publicUrl}/lti/launch`
  return {
    application_type: 'web',
    grant_types: ['client_credentials', 'implicit'],
    response_types: ['id_token'],
    client_name: NAME,
    initiate_login_uri: `${publicUrl}/lti/login`,
    redirect_uris: [launchUrl],
    jwks_uri: `${publicUrl}/lti/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    scope: SCORE_SCOPE,
    [TOOL]: {
      domain: new URL(publicUrl).host,
      target_link_uri: launchUrl,
      claims: ['iss', 'sub', 'name'],
      messages: [
        { type: 'LtiResourceLinkRequest', target_link_uri: launchUrl, label: NAME },
        { type: 'LtiDeepLinkingRequest', target_link_uri: launchUrl, label: NAME },
      ],
    },
  }
}

function platformOf(answer: unknown): Platform {
  const given = record(answer)
  const address = (member: string): string => {
    const value = given[member]
    const url = typeof value === 'string' ? parseSecureUrl(value) : undefined
    if (url === undefined) throw refusal(`The platform's ${member} is no https address.`)
    return url
  }
  return {
    issuer: String(given['issuer']),
    authUrl: address('authorization_endpoint'),
    tokenUrl: address('token_endpoint'),
    jwksUrl: address('jwks_uri'),
    registrationUrl: address('registration_endpoint'),
  }
}

function refusal(detail: string): LabError {
  return new LabError('auth/issuer-untrusted', { detail })
}

function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(one)), Buffer.from(hashSecret(other)))
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
