/** The session with the backend: one exchange at a time, renewed ahead of its end and once when it was refused. */
import { LabError } from '../wire/problems.js'
import { PATHS } from '../wire/protocol.js'
import type { SessionRequest } from '../wire/schema.js'
import { decodeSession } from './decode.js'
import { type HttpDeps, readJson, within } from './http.js'
import type { SignInWord, TokenReason, TokenSource } from './token.js'

/** Share of a session's life after which its next use replaces it. Every use before then begins its life anew. */
const RENEW_AFTER = 0.8
/** A renewal ahead that failed is tried again no sooner (milliseconds); the session it would replace still serves. */
const RENEW_PAUSE_MS = 30_000
/** Longest wait for the page's token, which may ask a person (milliseconds). */
const TOKEN_TIMEOUT_MS = 60_000

interface Held {
  readonly session: string
  /** Milliseconds that a use is good for; infinite where the server's word makes no sense on this page's clock. */
  readonly serves: number
  renewAt: number
}

export class SignIn {
  readonly #backend: string
  readonly #token: TokenSource
  readonly #deps: HttpDeps
  #held: Held | undefined
  #exchange: Promise<string> | undefined
  #cancel = new AbortController()
  #reason: TokenReason = 'start'

  constructor(backend: string, token: TokenSource, deps: HttpDeps) {
    this.#backend = backend
    this.#token = token
    this.#deps = deps
  }

  /** The session for a request. Single-flight. @throws LabError `auth/…`, or `server/unreachable` */
  async session(): Promise<string> {
    const held = this.#held
    if (!held) return this.#renew()
    const now = this.#deps.timers.now()
    if (now < held.renewAt) {
      held.renewAt = now + held.serves
    } else if (this.#exchange === undefined) {
      held.renewAt = now + RENEW_PAUSE_MS
      this.#renew().catch(ignore)
    }
    return held.session
  }

  /** The server refused `session`: answers another one. */
  async replace(session: string): Promise<string> {
    if (this.#exchange !== undefined) return this.#exchange
    if (this.#held && this.#held.session !== session) return this.#held.session
    this.#held = undefined
    return this.#renew()
  }

  /** A person asked to sign in again: nothing that was held is used. */
  again(): void {
    this.cancel()
    this.#held = undefined
    this.#reason = 'retry'
  }

  /** Gives up an exchange under way; a session in hand stays. */
  cancel(): void {
    this.#exchange = undefined
    this.#cancel.abort()
    this.#cancel = new AbortController()
  }

  #renew(): Promise<string> {
    if (this.#exchange !== undefined) return this.#exchange
    const exchange = this.#exchangeTwice(this.#cancel.signal).finally(() => {
      if (this.#exchange === exchange) this.#exchange = undefined
    })
    this.#exchange = exchange
    return exchange
  }

  /** A token that was used or has run out is asked for once more: a page often keeps its last one. */
  async #exchangeTwice(cancelled: AbortSignal): Promise<string> {
    try {
      return await this.#exchangeOnce(this.#reason, cancelled)
    } catch (error) {
      const stale = error instanceof LabError && ['auth/token-expired', 'auth/token-replayed'].includes(error.code)
      if (!stale) throw error
      return this.#exchangeOnce('expired', cancelled)
    }
  }

  async #exchangeOnce(reason: TokenReason, cancelled: AbortSignal): Promise<string> {
    const { fetch, timers } = this.#deps
    const word = await within(timers, cancelled, (signal) => this.#ask(reason, signal), TOKEN_TIMEOUT_MS)
    const body: SessionRequest = typeof word === 'string' ? { grant: 'jwt', token: word } : word
    const answer = await within(timers, cancelled, async (signal) => {
      const response = await fetch(`${this.#backend}${PATHS.sessions}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal,
      })
      return decodeSession(await readJson(response))
    })
    const now = timers.now()
    // The server's clock may be another: a life that makes no sense is left to the server to end.
    const life = Date.parse(answer.expiresAt) - now
    const serves = life > 0 ? life * RENEW_AFTER : Number.POSITIVE_INFINITY
    this.#held = { session: answer.session, serves, renewAt: now + serves }
    this.#reason = 'expired'
    return answer.session
  }

  async #ask(reason: TokenReason, signal: AbortSignal): Promise<SignInWord> {
    try {
      return await this.#token({ reason, signal })
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof LabError) throw cause
      throw new LabError('auth/token-invalid', { message: 'the page gave no token', cause })
    }
  }
}

/** A renewal ahead may fail: the session in hand serves until the server refuses it. */
function ignore(): undefined {
  return undefined
}
