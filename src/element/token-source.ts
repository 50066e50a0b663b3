import type { SignInWord, TokenRequest, Voucher } from '../session/token.js'
import { LabError } from '../wire/problems.js'
import { MAX_TOKEN_LENGTH } from '../wire/protocol.js'
import { LabTokenRequestEvent } from './events.js'
import { openedxVoucher } from './openedx-sign-in.js'
import { filled } from './settings.js'
import type { WindowCode } from './sign-in-window.js'

/** A function of the host page that answers a fresh signed token; on the page of an LTI launch, its code. */
export type TokenProvider = (request: TokenRequest) => Promise<SignInWord>

export interface TokenOptions {
  readonly lab: string
  readonly course: string
  readonly token: string
  readonly tokenUrl: string
  readonly tokenProvider: TokenProvider | undefined
}

/**
 * Asks the host page for a token, in this order: `tokenProvider`, a listener of `lab-token-request`, `token-url`,
 * `token`. A token serves once, so the same `token` is not offered again. A page with none of them may be one of an
 * Open edX, whose cookies say who is there: the backend knows whether it is.
 */
export class HostTokens {
  readonly #target: EventTarget
  readonly #fetch: typeof fetch
  #used = ''
  /** Of the sign-in window, for the next exchange. */
  #window: WindowCode | LabError | undefined

  constructor(target: EventTarget, fetcher: typeof fetch) {
    this.#target = target
    this.#fetch = fetcher
  }

  async get(request: TokenRequest, options: TokenOptions): Promise<Voucher> {
    const window = this.#window
    this.#window = undefined
    if (window instanceof LabError) throw window
    if (window) return openedxVoucher(options, this.#fetch, window)
    const asked = this.#ask(request, options)
    if (asked === undefined) return openedxVoucher(options, this.#fetch)
    const token: unknown = await asked
    if (isGrant(token, 'lti')) return { request: token }
    if (isGrant(token, 'openedx')) return openedxVoucher(options, this.#fetch)
    if (typeof token !== 'string' || token === '' || token.length > MAX_TOKEN_LENGTH) {
      throw new LabError('auth/token-invalid', { message: 'the page answered something else than a token' })
    }
    return { request: { grant: 'jwt', token } }
  }

  /** The learner signed in by a window, or it failed: that is shown at the next exchange. */
  offer(window: WindowCode | LabError): void {
    this.#window = window
  }

  /** For another element, in a window of its own, that signs in as this one does. */
  async word(request: TokenRequest, options: TokenOptions): Promise<SignInWord> {
    const { request: word } = await this.get(request, options)
    return word.grant === 'jwt' ? word.token : word
  }

  /** Undefined where the page has no way to get a token. */
  #ask(request: TokenRequest, options: TokenOptions): SignInWord | Promise<SignInWord> | undefined {
    if (options.tokenProvider) return options.tokenProvider(request)
    const event = new LabTokenRequestEvent(options.lab, request.reason, request.signal)
    this.#target.dispatchEvent(event)
    if (event.answer !== undefined) return event.answer
    const [tokenUrl, token] = [filled(options.tokenUrl), filled(options.token)]
    if (tokenUrl) return this.#fetchToken(tokenUrl, options, request)
    if (!token) return undefined
    if (token === this.#used) throw new LabError('auth/session-expired')
    this.#used = token
    return token
  }

  /** `POST` with the page's cookies; the answer is `{ "token": "…" }` or the bare token. */
  async #fetchToken(
    url: string,
    { lab, course }: Pick<TokenOptions, 'lab' | 'course'>,
    { reason, signal }: TokenRequest,
  ): Promise<string> {
    let response: Response
    let text: string
    try {
      response = await this.#fetch(new URL(url, document.baseURI), {
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

type Grant = Exclude<SignInWord, string>

function isGrant<T extends Grant['grant']>(word: unknown, grant: T): word is Extract<Grant, { grant: T }> {
  return typeof word === 'object' && word !== null && 'grant' in word && word.grant === grant
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
