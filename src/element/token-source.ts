import type { SignInWord, TokenRequest } from '../session/token.js'
import { LabError } from '../wire/problems.js'
import { LabTokenRequestEvent } from './events.js'
import { filled } from './settings.js'

/** A function of the host page that answers a fresh signed token; on the page of an LTI launch, its code. */
export type TokenProvider = (request: TokenRequest) => Promise<SignInWord>

export interface TokenOptions {
  readonly lab: string
  readonly course: string
  readonly token: string
  readonly tokenUrl: string
  readonly tokenProvider: TokenProvider | undefined
}

/** As the backend takes them, `SessionRequestSchema`. */
const MAX_TOKEN = 16_384

/**
 * Asks the host page for a token, in this order: `tokenProvider`, a listener of `lab-token-request`, `token-url`,
 * `token`. A token serves once, so the same `token` is not offered again.
 */
export class HostTokens {
  readonly #target: EventTarget
  readonly #fetch: typeof fetch
  #used = ''

  constructor(target: EventTarget, fetcher: typeof fetch) {
    this.#target = target
    this.#fetch = fetcher
  }

  async get(request: TokenRequest, options: TokenOptions): Promise<SignInWord> {
    const token = await this.#ask(request, options)
    if (isLaunchCode(token)) return token
    if (typeof token !== 'string' || token === '' || token.length > MAX_TOKEN) {
      throw new LabError('auth/token-invalid', { message: 'the page answered something else than a token' })
    }
    return token
  }

  #ask(request: TokenRequest, options: TokenOptions): SignInWord | Promise<SignInWord> {
    if (options.tokenProvider) return options.tokenProvider(request)
    const event = new LabTokenRequestEvent(options.lab, request.reason, request.signal)
    this.#target.dispatchEvent(event)
    if (event.answer !== undefined) return event.answer
    if (options.tokenUrl) return this.#fetchToken(options, request)
    if (!options.token) {
      throw new LabError('config/attribute', {
        detail: 'Nothing on the page answers a token (token-url, tokenProvider).',
      })
    }
    if (options.token === this.#used) throw new LabError('auth/session-expired')
    this.#used = options.token
    return options.token
  }

  /** `POST` with the page's cookies; the answer is `{ "token": "…" }` or the bare token. */
  async #fetchToken({ tokenUrl, lab, course }: TokenOptions, { reason, signal }: TokenRequest): Promise<string> {
    let response: Response
    let text: string
    try {
      response = await this.#fetch(new URL(tokenUrl, document.baseURI), {
        method: 'POST',
        credentials: 'include',
        cache: 'no-store',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/plain' },
        body: JSON.stringify({ lab, reason, ...(filled(course) && { course }) }),
        signal,
      })
      text = await response.text()
    } catch (cause) {
      throw new LabError('auth/issuer-unreachable', { cause })
    }
    if (response.status === 401 || response.status === 403) throw new LabError('auth/no-session')
    if (response.status >= 500) throw new LabError('auth/issuer-unreachable')
    if (!response.ok) throw new LabError('auth/token-invalid')
    return tokenIn(text)
  }
}

function isLaunchCode(word: SignInWord): word is Exclude<SignInWord, string> {
  return typeof word === 'object' && word !== null && word.grant === 'lti'
}

function tokenIn(text: string): string {
  if (!text.trimStart().startsWith('{')) return text.trim()
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer === 'object' && answer !== null && 'token' in answer && typeof answer.token === 'string') {
      return answer.token
    }
  } catch {
    // Falls through to the empty token, which is refused.
  }
  return ''
}
