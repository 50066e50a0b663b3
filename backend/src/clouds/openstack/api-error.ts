import { Value } from 'typebox/value'
import { LabError } from '../../../../src/wire/problems.js'
import { ERROR_ANSWERS } from './answers.js'
import type { HttpAnswer } from './http.js'
import { SetupError } from './setup-error.js'
import { TransportError } from './transport-error.js'

const LONGEST_WORDS = 1_000

/** A service answered, and not with what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly service: string
  readonly status: number
  /** Heat's kind of error, such as `StackExists`. */
  readonly type: string | undefined
  /** In the service's own words, where it had any. */
  readonly words: string

  constructor(service: string, answer: HttpAnswer, expected?: string) {
    const { type, words } = wordsOf(answer, expected)
    super(`${service} answers ${answer.status}: ${words}`)
    this.service = service
    this.status = answer.status
    this.type = type
    this.words = words
  }
}

function wordsOf({ status, header, json }: HttpAnswer, expected: string | undefined) {
  const { ErrorAnswer, NovaErrorAnswer } = ERROR_ANSWERS
  if (Value.Check(ErrorAnswer, json)) {
    const words = json.error.message ?? json.explanation ?? 'no words'
    return { type: json.error.type, words: words.slice(0, LONGEST_WORDS) }
  }
  if (status >= 400 && Value.Check(NovaErrorAnswer, json)) {
    const [[type, { message }] = [undefined, { message: 'no words' }]] = Object.entries(json)
    return { type, words: message.slice(0, LONGEST_WORDS) }
  }
  const location = header('location')
  if (status >= 300 && status < 400 && location !== undefined) {
    return { type: undefined, words: `a redirect to ${hostOf(location)}` }
  }
  return { type: undefined, words: expected === undefined ? 'no words' : `not ${expected}` }
}

function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'elsewhere'
}

/** "Quota exceeded", "maximum stacks per tenant", "exceeds … quota", "no more IP addresses available". */
const FULL = /quota|maximum (?:number of )?stacks|limit exceeded|RequestLimitExceeded|OverLimit|No more IP addresses/i

/** What a failure means for the labs of the cloud `name`; `message` is for staff. */
export function toLabError(error: unknown, name: string, what: string): LabError {
  if (error instanceof LabError) return error
  const say = (code: LabError['code'], words: string): LabError =>
    new LabError(code, { message: `cloud ${name}: ${what}: ${words}`, cause: error })
  if (error instanceof SetupError) return say('cloud/misconfigured', error.message)
  if (error instanceof TransportError) {
    return say(error.kind === 'untrusted' ? 'cloud/misconfigured' : 'cloud/unreachable', error.message)
  }
  if (!(error instanceof ApiError)) return say('cloud/unreachable', error instanceof Error ? error.message : 'unknown')
  return say(codeOf(error), error.message)
}

function codeOf({ service, status, type, words }: ApiError): LabError['code'] {
  if ([400, 403, 409, 413].includes(status) && FULL.test(`${type} ${words}`)) return 'lab/queue-full'
  if (service === 'Keystone') return status >= 500 || status === 429 ? 'cloud/unreachable' : 'cloud/misconfigured'
  // Heat refuses a token that Keystone has just given: they do not agree, which passes.
  if (status === 401 || status >= 500 || status === 429 || status === 408) return 'cloud/unreachable'
  if (type === 'ActionInProgress') return 'cloud/unreachable'
  if (status === 409 || status === 404) return 'cloud/refused'
  return 'cloud/misconfigured'
}
