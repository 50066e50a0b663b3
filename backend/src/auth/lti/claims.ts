/** The claims of a launch whose signature was proved (LTI 1.3 core, section 5; Deep Linking 2.0). Pure. */
import type { JWTPayload } from 'jose'
import { LabError } from '../../../../src/wire/problems.js'
import { parseSecureUrl } from '../../config/addresses.js'
import { displayName, identifier, localeOf, refused, TOKEN_LIMITS } from '../claims.js'
import type { Principal } from '../ports.js'
import type { DeepLinkRequest, GradeLine, Launch, LoginRequest, Registration } from './ports.js'
import { mayAuthor, rolesOf } from './roles.js'

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/'
const DEEP_LINK = 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings'
const GRADES = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint'
export const SCORE_SCOPE = 'https://purl.imsglobal.org/spec/lti-ags/scope/score'

export interface LaunchContext {
  readonly registration: Registration
  readonly login: LoginRequest
  /** The one that was sent with the login. */
  readonly nonce: string
}

/**
 * Reads the claims. Signature, issuer, audience, `exp` and `iat` were checked by jose.
 * @throws LabError `auth/token-invalid` whose detail names the claim and never its value.
 */
export function readLaunch(payload: JWTPayload, context: LaunchContext): Launch {
  const { registration, login } = context
  checkParties(payload, registration)
  if (payload['nonce'] !== context.nonce) throw refused('The claim nonce is not the one of this sign-in.')
  if (payload[`${LTI}version`] !== '1.3.0') throw refused('The claim version is not 1.3.0.')
  const deploymentId = checkDeployment(payload, registration, login)
  if (payload[`${LTI}target_link_uri`] !== login.targetLinkUri) {
    throw refused('The claim target_link_uri is not the one of this sign-in.')
  }
  const uris = texts(payload[`${LTI}roles`], 'roles')
  const principal = principalOf(payload, registration, uris)
  switch (payload[`${LTI}message_type`]) {
    case 'LtiResourceLinkRequest': {
      identifier(record(payload[`${LTI}resource_link`])['id'], 'resource_link.id')
      const lab = identifier(record(payload[`${LTI}custom`])['lab'], 'custom.lab')
      const grade = gradeLine(payload[GRADES], registration)
      return { kind: 'lab', principal: { ...principal, labs: [lab] }, lab, ...(grade && { grade }) }
    }
    case 'LtiDeepLinkingRequest':
      if (!mayAuthor(uris)) throw refused('Only an author of the course chooses labs.')
      return { kind: 'deep-link', principal, request: deepLink(payload[DEEP_LINK], deploymentId) }
    default:
      throw refused('The claim message_type is none that this tool takes.')
  }
}

/** With several audiences each of them has the token: the authorised party must be this tool. */
function checkParties({ aud, ...payload }: JWTPayload, { clientId }: Registration): void {
  const azp = payload['azp']
  const several = Array.isArray(aud) && aud.length > 1
  if (azp !== clientId && (several || azp !== undefined)) throw refused('The claim azp is not this tool.')
}

function checkDeployment(payload: JWTPayload, { deploymentIds }: Registration, login: LoginRequest): string {
  const id = payload[`${LTI}deployment_id`]
  if (typeof id !== 'string' || !deploymentIds.includes(id)) {
    const detail = 'The claim deployment_id is not known.'
    // A platform that does not tell it anywhere else tells it here: the operator finds it in the log.
    throw new LabError('auth/token-invalid', {
      detail,
      message: `${detail} It is ${JSON.stringify(id)?.slice(0, 300)}`,
    })
  }
  if (login.deploymentId !== undefined && login.deploymentId !== id) {
    throw refused('The claim deployment_id is not the one of this sign-in.')
  }
  return id
}

function principalOf(payload: JWTPayload, { issuer, clientId, trust }: Registration, uris: string[]): Principal {
  const subject = identifier(payload.sub, 'sub')
  const name = displayName(payload['name'])
  const locale = localeOf(record(payload[`${LTI}launch_presentation`])['locale'] ?? payload['locale'])
  const course = record(payload[`${LTI}context`])[trust.courseBy]
  const context = course === undefined || course === '' ? undefined : identifier(course, `context.${trust.courseBy}`)
  return {
    ...{ issuer, subject, client: clientId, roles: rolesOf(uris) },
    ...(name !== undefined && { name }),
    ...(locale !== undefined && { locale }),
    ...(context !== undefined && { context }),
    ...(trust.labs !== undefined && { labs: trust.labs }),
  }
}

/** Only where the platform lets this tool send scores for exactly this learner's activity. */
function gradeLine(claim: unknown, { clientId }: Registration): GradeLine | undefined {
  const { lineitem, scope } = record(claim)
  if (typeof lineitem !== 'string' || !Array.isArray(scope) || !scope.includes(SCORE_SCOPE)) return undefined
  const lineItem = parseSecureUrl(lineitem)
  return lineItem === undefined ? undefined : { clientId, lineItem }
}

function deepLink(claim: unknown, deploymentId: string): DeepLinkRequest {
  const settings = record(claim)
  const returnUrl = typeof settings['deep_link_return_url'] === 'string' ? settings['deep_link_return_url'] : ''
  if (parseSecureUrl(returnUrl) === undefined) throw refused('The claim deep_link_return_url is no https address.')
  if (!texts(settings['accept_types'], 'accept_types').includes('ltiResourceLink')) {
    throw refused('The course takes no links to labs here.')
  }
  const { data } = settings
  return {
    ...{ deploymentId, returnUrl, multiple: settings['accept_multiple'] === true },
    grades: settings['accept_lineitem'] !== false,
    ...(typeof data === 'string' && { data }),
  }
}

function texts(value: unknown, claim: string): string[] {
  if (!Array.isArray(value)) throw refused(`The claim ${claim} is no list.`)
  if (value.length > TOKEN_LIMITS.entries) throw refused(`The claim ${claim} has too many entries.`)
  return value.filter((entry) => typeof entry === 'string')
}

/** A missing or strange group of claims has no members. */
function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
