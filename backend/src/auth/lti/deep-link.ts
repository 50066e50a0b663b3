/** The answer of an author's choice (LTI Deep Linking 2.0, section 2.2.6). Pure. */
import type { DeepLinkRequest, Registration } from './ports.js'

/** A lab as an author sees it. */
export interface CatalogueLab {
  readonly name: string
  readonly title: string
}

/** The score of a lab is a share of this. */
const SCORE_MAXIMUM = 100

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/'
const DEEP_LINK = 'https://purl.imsglobal.org/spec/lti-dl/claim/'

export interface Choice {
  readonly labs: readonly CatalogueLab[]
  /** The author wants a column of the gradebook for each. */
  readonly graded: boolean
}

/** The claims of the LtiDeepLinkingResponse; issuer and audience change places. */
export function deepLinkClaims(
  { labs, graded }: Choice,
  request: DeepLinkRequest,
  registration: Registration,
  launchUrl: string,
): Record<string, unknown> {
  return {
    iss: registration.clientId,
    aud: registration.issuer,
    nonce: crypto.randomUUID(),
    [`${LTI}version`]: '1.3.0',
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}deployment_id`]: request.deploymentId,
    [`${DEEP_LINK}content_items`]: labs.map(({ name, title }) => ({
      type: 'ltiResourceLink',
      title,
      url: launchUrl,
      custom: { lab: name },
      ...(graded && request.grades && { lineItem: { label: title, scoreMaximum: SCORE_MAXIMUM, resourceId: name } }),
    })),
    ...(request.data !== undefined && { [`${DEEP_LINK}data`]: request.data }),
  }
}
