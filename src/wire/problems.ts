/**
 * Every failure a learner, an integrator or an operator can meet: one code, plain words, and what to do next.
 * No imports: the page and the backend share this table, and the words are translated by code in the element.
 */

/** What may be done about a problem: nothing, ask the person, try again by itself, or sign in again. */
export type Retry = 'never' | 'user' | 'auto' | 'sign-in'

interface ProblemKind {
  /** A sentence a learner understands; English, the element translates by code. */
  readonly title: string
  /** HTTP status (RFC 9110) where the problem answers a request. */
  readonly http: number
  /** WebSocket close code (RFC 6455 section 7.4.2, private range) where it ends a tunnel. */
  readonly close: number
  readonly retry: Retry
}

export const PROBLEMS = {
  'auth/no-session': { title: 'You are not signed in.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/session-expired': { title: 'Your sign-in has expired.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/window-needed': { title: 'Sign in at the course site to open your lab.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/token-invalid': { title: 'The course page could not sign you in.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/token-expired': { title: 'The sign-in from the course page has expired.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/token-replayed': { title: 'The sign-in from the course page was already used.', http: 401, close: 4401, retry: 'sign-in' },
  'auth/issuer-untrusted': { title: 'This lab does not accept sign-ins from this site.', http: 401, close: 4401, retry: 'never' },
  'auth/issuer-unreachable': { title: 'The course site cannot confirm sign-ins right now.', http: 503, close: 4503, retry: 'auto' },
  'auth/forbidden': { title: 'You do not have access to this lab.', http: 403, close: 4403, retry: 'never' },
  'auth/origin-refused': { title: 'This page may not use the lab service.', http: 403, close: 4403, retry: 'never' },
  'auth/host-refused': { title: 'The lab service does not answer under this address.', http: 421, close: 4403, retry: 'never' },
  'auth/ticket-invalid': { title: 'The connection ticket is not valid any more.', http: 401, close: 4408, retry: 'auto' },

  'lab/unknown': { title: 'There is no lab of this name.', http: 404, close: 4404, retry: 'never' },
  'lab/terminal-unknown': { title: 'The lab has no terminal of this name.', http: 404, close: 4404, retry: 'never' },
  'lab/not-running': { title: 'The lab is not running.', http: 409, close: 4409, retry: 'user' },
  'lab/paused': { title: 'The lab is paused.', http: 409, close: 4410, retry: 'user' },
  'lab/removed': { title: 'The lab was removed.', http: 409, close: 4411, retry: 'user' },
  'lab/launch-failed': { title: 'The lab could not be built.', http: 500, close: 4500, retry: 'user' },
  'lab/launch-timeout': { title: 'The lab took too long to build.', http: 500, close: 4500, retry: 'user' },
  'lab/resume-failed': { title: 'The lab could not be woken up. Your work is still there.', http: 500, close: 4500, retry: 'user' },
  'lab/suspend-failed': { title: 'The lab could not be paused. It keeps running.', http: 500, close: 4500, retry: 'auto' },
  'lab/delete-failed': { title: 'The lab could not be removed.', http: 500, close: 4500, retry: 'user' },
  'lab/queue-full': { title: 'All labs are in use.', http: 409, close: 4409, retry: 'auto' },
  'lab/usage-limit': { title: 'You have used all of your lab time.', http: 403, close: 4403, retry: 'never' },

  'cloud/unreachable': { title: 'The cloud that runs the labs does not answer right now. Your lab is safe.', http: 503, close: 4503, retry: 'auto' },
  'cloud/refused': { title: 'The cloud refused to do what was asked.', http: 502, close: 4502, retry: 'user' },
  'cloud/misconfigured': { title: 'The lab is not set up correctly.', http: 500, close: 4500, retry: 'never' },

  'link/lost': { title: 'The connection was lost.', http: 503, close: 4006, retry: 'auto' },
  'link/shell-unreachable': { title: 'The lab runs, but its terminal does not answer.', http: 502, close: 4504, retry: 'auto' },
  'link/login-refused': { title: 'The lab refused the login.', http: 502, close: 4505, retry: 'user' },
  'link/host-key-changed': { title: 'The lab does not prove its identity any more, so no connection was made.', http: 502, close: 4506, retry: 'never' },
  'link/slow': { title: 'The connection was too slow for the terminal.', http: 503, close: 4507, retry: 'auto' },
  'link/session-ended': { title: 'The session in the lab has ended.', http: 409, close: 4511, retry: 'user' },
  'link/desktop-unavailable': { title: 'The service that shows this screen does not answer right now.', http: 503, close: 4512, retry: 'auto' },
  'link/file-failed': { title: 'The file could not be transferred.', http: 502, close: 4513, retry: 'user' },
  'file/unknown': { title: 'There is no such file in the lab.', http: 404, close: 4404, retry: 'never' },
  'file/forbidden': { title: 'The lab does not let you use this file.', http: 403, close: 4403, retry: 'never' },
  'file/exists': { title: 'There is a file of this name in the lab already.', http: 409, close: 4409, retry: 'user' },
  'file/too-large': { title: 'The file is too large.', http: 413, close: 4400, retry: 'never' },
  'file/no-space': { title: 'The lab has no room for the file.', http: 507, close: 4500, retry: 'user' },
  'file/changed': { title: 'The file in the lab has changed meanwhile.', http: 412, close: 4409, retry: 'user' },
  'link/protocol': { title: 'The terminal and the server did not understand each other.', http: 400, close: 4400, retry: 'user' },
  'link/display-failed': { title: 'The terminal could not be loaded.', http: 500, close: 4500, retry: 'user' },

  'request/invalid': { title: 'The request was not understood.', http: 400, close: 4400, retry: 'never' },
  'request/unknown-path': { title: 'There is nothing at this address.', http: 404, close: 4404, retry: 'never' },
  'request/too-many': { title: 'Too many requests. Please wait a moment.', http: 429, close: 4429, retry: 'auto' },
  'server/stopping': { title: 'The lab service is restarting.', http: 503, close: 4012, retry: 'auto' },
  'server/unreachable': { title: 'The lab service cannot be reached.', http: 503, close: 4006, retry: 'auto' },
  'server/internal': { title: 'Something went wrong in the lab service.', http: 500, close: 4500, retry: 'auto' },
  'config/attribute': { title: 'The lab element on this page is not set up correctly.', http: 400, close: 4400, retry: 'never' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof PROBLEMS

/** What is told to a person or a program about a failure. On HTTP an RFC 9457 problem with these members. */
export interface Problem {
  code: ProblemCode
  title: string
  detail?: string
  retry: Retry
}

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code)
}

/** The problem of a code, with more words where they help the learner. `detail` must hold no secret. */
export function problemOf(code: ProblemCode, detail?: string): Problem {
  const { title, retry } = PROBLEMS[code]
  return detail === undefined ? { code, title, retry } : { code, title, detail, retry }
}

/** A failure with a stable code. `cause` and `message` are for the log; only the problem leaves the process. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: ProblemCode
  readonly detail: string | undefined

  constructor(code: ProblemCode, options: { detail?: string; message?: string; cause?: unknown } = {}) {
    super(options.message ?? options.detail ?? PROBLEMS[code].title, { cause: options.cause })
    this.code = code
    this.detail = options.detail
  }

  get problem(): Problem {
    return problemOf(this.code, this.detail)
  }
}
