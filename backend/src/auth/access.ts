/**
 * Who may use which lab. Pure, and the only place that decides it.
 *
 * What a caller learns: a name that no lab has is `lab/unknown` (404); a lab that exists but is not for them is
 * `auth/forbidden` (403), without words on why or for whom. Callers whose token or issuer is limited to some labs get
 * 403 for every other name, whether or not a lab has it, so that they cannot find out which labs there are.
 */
import { LabError, type ProblemCode } from '../../../src/wire/problems.js'
import type { Config, LabConfig, Trust } from '../config/config.js'
import type { Principal } from './ports.js'

export type Access =
  | { readonly allowed: true /** Nothing in this lab takes input from this caller. */; readonly readOnly: boolean }
  | { readonly allowed: false; readonly code: ProblemCode }

const FORBIDDEN = { allowed: false, code: 'auth/forbidden' } as const satisfies Access

/** Courses of a lab that are asked about where the page does not say which one it belongs to. */
const MAX_COURSES = 5

/** Decides by what the session says; `labFor` also asks today's configuration. */
export function mayUse(principal: Principal, lab: LabConfig): Access {
  if (!nameAllowed(principal.labs, lab.name)) return FORBIDDEN
  if (lab.courses !== undefined && !isFrom(lab.courses, principal.context)) return FORBIDDEN
  return { allowed: true, readOnly: lab.terminals.length > 0 && lab.terminals.every((terminal) => terminal.readOnly) }
}

/**
 * The lab of this name, for this caller.
 * A session outlives a restart: an issuer that is trusted no more, or for fewer labs, is refused here at once.
 * @throws LabError `auth/forbidden` or `lab/unknown`.
 */
export function labFor(principal: Principal, name: string, config: Pick<Config, 'labs' | 'trust'>): LabConfig {
  const trust = trustOf(principal, config.trust)
  if (trust === undefined) throw new LabError('auth/forbidden')
  if (!nameAllowed(trust.labs, name) || !nameAllowed(principal.labs, name)) throw new LabError('auth/forbidden')
  if (needsCourse(trust) && principal.context === undefined) throw new LabError('auth/forbidden')
  const lab = config.labs.get(name)
  if (lab === undefined) throw new LabError('lab/unknown')
  const access = mayUse(principal, lab)
  if (!access.allowed) throw new LabError(access.code)
  return lab
}

/** The entry that vouched for the caller. An LTI platform may have several, each under its client id. */
export function trustOf({ issuer, client }: Principal, trust: readonly Trust[]): Trust | undefined {
  const entries = trust.filter((entry) => entry.issuer === issuer && (entry.type === 'lti') === (client !== undefined))
  const named = entries.find((entry) => entry.type === 'lti' && 'client' in entry && entry.client.clientId === client)
  return named ?? entries.find((entry) => !('client' in entry))
}

/**
 * The courses in one of which a learner must be for a lab, in the order to ask the LMS. What the page says can narrow
 * the lab's own list and never adds to it; a lab without a list is for learners of any course, and the page says which.
 * @throws LabError `auth/forbidden` or `lab/unknown`, as `labFor` does.
 */
export function coursesInQuestion(
  trust: Trust,
  asked: { readonly lab: string; readonly course?: string },
  config: Pick<Config, 'labs'>,
): readonly string[] {
  if (!nameAllowed(trust.labs, asked.lab)) throw new LabError('auth/forbidden')
  const lab = config.labs.get(asked.lab)
  if (lab === undefined) throw new LabError('lab/unknown')
  const { course } = asked
  if (lab.courses === undefined) return course === undefined ? [] : [course]
  if (course !== undefined) return lab.courses.filter((one) => one === course)
  return lab.courses.length > MAX_COURSES ? [] : lab.courses
}

/** The LMS was to say in which course the caller is. */
function needsCourse(trust: Trust): boolean {
  return trust.type === 'openedx' && trust.enrolment === 'required'
}

/** Absent = all; an empty list = none. */
function nameAllowed(allowed: readonly string[] | undefined, name: string): boolean {
  return allowed === undefined || allowed.includes(name)
}

function isFrom(courses: readonly string[], context: string | undefined): boolean {
  return context !== undefined && courses.includes(context)
}
