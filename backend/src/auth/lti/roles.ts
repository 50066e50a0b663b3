/** Roles of the claim `…/lti/claim/roles`: whole URIs of LTI 1.3 core, section A.2. Pure. */
import type { Role } from '../ports.js'

const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership'

/** In the course. An administrator of the institution, or an instructor of something else, teaches nobody here. */
const TEACHING: ReadonlySet<string> = new Set([
  `${MEMBERSHIP}#Instructor`,
  `${MEMBERSHIP}#ContentDeveloper`,
  `${MEMBERSHIP}#Administrator`,
  `${MEMBERSHIP}/Instructor#TeachingAssistant`,
])

/** May put labs into the course. */
const AUTHORING: ReadonlySet<string> = new Set([
  `${MEMBERSHIP}#Instructor`,
  `${MEMBERSHIP}#ContentDeveloper`,
  `${MEMBERSHIP}#Administrator`,
])

export function rolesOf(uris: readonly string[]): readonly Role[] {
  return uris.some((uri) => TEACHING.has(uri)) ? ['instructor'] : ['learner']
}

export function mayAuthor(uris: readonly string[]): boolean {
  return uris.some((uri) => AUTHORING.has(uri))
}
