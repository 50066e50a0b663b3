/** Asks an Open edX about one learner, with that learner's own token. */
import { LabError } from '../../../../src/wire/problems.js'

/** What the LMS says of a learner in a course. */
export interface Membership {
  /** Enrolled, the enrolment is active, and of a mode that counts. */
  readonly enrolled: boolean
  /** Of the staff of the course, or of the whole platform. */
  readonly staff: boolean
}

export interface LmsQuestion {
  /** The address of the LMS. */
  readonly lms: string
  readonly token: string
  readonly username: string
  readonly course: string
  /** The only modes of an enrolment that count; absent = any. */
  readonly modes?: readonly string[]
}

export type AskLms = (question: LmsQuestion) => Promise<Membership>

/** Milliseconds for one answer, and bytes of it. */
const LIMITS = { timeout: 5_000, bytes: 256 * 1024 } as const
/** Roles of a course whose holders run it. */
const STAFF_ROLES = ['staff', 'instructor', 'limited_staff']

/** @throws (as an answer) LabError `auth/no-session` (the LMS refuses the token), `auth/issuer-unreachable`. */
export function askLmsBy(fetcher: typeof fetch): AskLms {
  return async ({ lms, token, username, course, modes }) => {
    const get = (path: string) => ask(fetcher, `${lms}${path}`, token)
    const learner = `${encodeURIComponent(username)},${encodeURIComponent(course)}`
    const [enrolment, roles] = await Promise.all([
      get(`/api/enrollment/v1/enrollment/${learner}`),
      get(`/api/enrollment/v1/roles/?course_id=${encodeURIComponent(course)}`).catch(forbiddenIsNothing),
    ])
    return { enrolled: isActive(enrolment, username, modes), staff: isStaff(roles, course) }
  }
}

/** The JSON of an answer; undefined for 404. Nobody who is not enrolled is a 404: that is `null`. */
async function ask(fetcher: typeof fetch, url: string, token: string): Promise<unknown> {
  let response: Response
  let text: string
  try {
    response = await fetcher(url, {
      headers: { authorization: `JWT ${token}`, accept: 'application/json' },
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(LIMITS.timeout),
    })
    text = await boundedText(response)
  } catch (cause) {
    throw new LabError('auth/issuer-unreachable', { message: 'the LMS does not answer about a learner', cause })
  }
  if (response.status === 401 || response.status === 403) throw new LabError('auth/no-session')
  if (response.status === 404) return undefined
  if (response.status !== 200) throw unreachable(`answered ${response.status}`)
  try {
    return JSON.parse(text)
  } catch {
    throw unreachable('answered something else than JSON')
  }
}

/** A release that tells its roles to staff only tells a learner by that. */
function forbiddenIsNothing(error: unknown): undefined {
  if (!(error instanceof LabError && error.code === 'auth/no-session')) throw error
}

/** The text of an answer, as far as one can be honest. */
export async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > LIMITS.bytes) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Not enrolled is `null`; another learner's enrolment would be a mistake of the LMS. */
function isActive(enrolment: unknown, username: string, modes: LmsQuestion['modes']): boolean {
  if (enrolment === null || enrolment === undefined) return false
  if (!isRecord(enrolment)) throw unreachable('answered no enrolment')
  if (enrolment['user'] !== undefined && enrolment['user'] !== username)
    throw unreachable('answered about another user')
  return enrolment['is_active'] === true && (modes === undefined || modes.some((mode) => mode === enrolment['mode']))
}

/** A release without this address knows no roles by it; then nobody is staff. */
function isStaff(answer: unknown, course: string): boolean {
  if (!isRecord(answer)) return false
  if (answer['is_staff'] === true) return true
  const roles: unknown = answer['roles']
  if (!Array.isArray(roles)) return false
  return roles.some(
    (role: unknown) =>
      isRecord(role) && role['course_id'] === course && STAFF_ROLES.some((staff) => staff === role['role']),
  )
}

function unreachable(what: string): LabError {
  return new LabError('auth/issuer-unreachable', { message: `the LMS ${what}` })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
