/** The session with the backend: one exchange at a time, renewed ahead of its end and once when it was refused. */
import { LabError, PROBLEMS } from '../wire/problems.js'
import { PATHS } from '../wire/protocol.js'
import { decodeSession } from './decode.js'
import { type HttpDeps, readJson, within } from './http.js'
import type { TokenReason, Voucher, VoucherSource } from './token.js'

/** Share of a session's life after which its next use replaces it. Every use before then begins its life anew. */
const RENEW_AFTER = 0.8
/** … or up to this much of it earlier, where it is renewed by the clock. */
const RENEW_SPREAD = 0.1
/** Browsers fire at once beyond this (milliseconds). */
const MAX_TIMER_MS = 2 ** 31 - 1
/** A renewal ahead that failed is tried again no sooner (milliseconds); the session it would replace still serves. */
const RENEW_PAUSE_MS = 30_000
/** Longest wait for the page's token, which may ask a person (milliseconds). */
const TOKEN_TIMEOUT_MS = 60_000

export interface SignInDeps extends HttpDeps {
  /** Uniform in [0, 1). */
  random(): number
}

interface Held {
  readonly session: string
  /** Milliseconds that a use is good for; infinite where the server's word makes no sense. */
  readonly serves: number
  renewAt: number
  /** By then, used or not, another sign-in must have been shown. */
  readonly endsAt: number
}

export class SignIn {
  readonly #backend: string
  readonly #voucher: VoucherSource
  readonly #deps: SignInDeps
  #held: Held | undefined
  /** Of the last session, though it may be over: the server knows by it which page comes again. */
  #bearer: string | undefined
  #exchange: Promise<string> | undefined
  #cancel = new AbortController()
  #reason: TokenReason = 'start'
  #alarm: number | undefined

  constructor(backend: string, voucher: VoucherSource, deps: SignInDeps) {
    this.#backend = backend
    this.#voucher = voucher
    this.#deps = deps
  }

  /** The session for a request. Single-flight. @throws LabError `auth/…`, or `server/unreachable` */
  async session(): Promise<string> {
    const held = this.#held
    if (!held) return this.#renew()
    const now = this.#deps.timers.now()
    if (now < held.renewAt) {
      held.renewAt = now + held.serves
      this.#arm(held)
    } else this.#renewAhead(held)
    return held.session
  }

  /** The server refused `session`: answers another one. */
  async replace(session: string): Promise<string> {
    if (this.#exchange !== undefined) return this.#exchange
    if (this.#held && this.#held.session !== session) return this.#held.session
    this.#drop()
    return this.#renew()
  }

  /** A person asked to sign in again: nothing that was held is used. */
  again(): void {
    this.cancel()
    this.#drop()
    this.#bearer = undefined
    this.#reason = 'retry'
  }

  /** Gives up an exchange under way, and looks after nothing by itself; a session in hand stays for its next use. */
  cancel(): void {
    this.#exchange = undefined
    this.#disarm()
    this.#cancel.abort()
    this.#cancel = new AbortController()
  }

  #drop(): void {
    this.#held = undefined
    this.#disarm()
  }

  #renew(): Promise<string> {
    if (this.#exchange !== undefined) return this.#exchange
    const exchange = this.#exchangeTwice(this.#cancel.signal).finally(() => {
      if (this.#exchange === exchange) this.#exchange = undefined
    })
    this.#exchange = exchange
    return exchange
  }

  /** Beside the work; it may fail, since the session in hand serves until the server refuses it. */
  #renewAhead(held: Held): void {
    if (this.#exchange !== undefined) return
    const now = this.#deps.timers.now()
    held.renewAt = now + RENEW_PAUSE_MS
    this.#disarm()
    const { signal } = this.#cancel
    this.#renew().catch(() => {
      if (this.#held === held && now < held.endsAt && !signal.aborted) this.#wake(held, RENEW_PAUSE_MS)
    })
  }

  /** A class that began together does not ask its course site together again and again. */
  #arm(held: Held): void {
    if (this.#alarm !== undefined || !Number.isFinite(held.endsAt)) return
    const left = held.endsAt - this.#deps.timers.now()
    this.#wake(held, left * (RENEW_AFTER - RENEW_SPREAD * this.#deps.random()))
  }

  #wake(held: Held, ms: number): void {
    this.#disarm()
    this.#alarm = this.#deps.timers.setTimeout(
      () => {
        this.#alarm = undefined
        this.#renewAhead(held)
      },
      Math.max(0, Math.min(ms, MAX_TIMER_MS)),
    )
  }

  #disarm(): void {
    if (this.#alarm !== undefined) this.#deps.timers.clearTimeout(this.#alarm)
    this.#alarm = undefined
  }

  /**
   * What was refused is made good once: by its own way, or by asking the page for another one, since a page often keeps
   * its last token.
   */
  async #exchangeTwice(cancelled: AbortSignal): Promise<string> {
    const voucher = await this.#ask(this.#reason, cancelled)
    try {
      return await this.#show(voucher, cancelled)
    } catch (error) {
      const { renew } = voucher
      if (!(error instanceof LabError) || !(renew ? isSignIn(error) : isStale(error))) throw error
      if (!renew) return this.#show(await this.#ask('expired', cancelled), cancelled)
      await within(this.#deps.timers, cancelled, renew).catch((failure: unknown) => {
        // The window asks the person, so it leads on where the page alone does not.
        throw error.code === 'auth/window-needed' ? error : failure
      })
      return this.#show(voucher, cancelled)
    }
  }

  async #show({ request, withCookies }: Voucher, cancelled: AbortSignal): Promise<string> {
    const { fetch, timers } = this.#deps
    const bearer = this.#bearer
    const answer = await within(timers, cancelled, async (signal) => {
      const response = await fetch(`${this.#backend}${PATHS.sessions}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
        body: JSON.stringify(request),
        credentials: withCookies ? 'include' : 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal,
      })
      return decodeSession(await readJson(response))
    })
    const now = timers.now()
    // Both by the server's clock. A life that makes no sense is left to the server to end.
    const life = Date.parse(answer.expiresAt) - Date.parse(answer.now)
    const end = Date.parse(answer.endsAt) - Date.parse(answer.now)
    const serves = life > 0 ? life * RENEW_AFTER : Number.POSITIVE_INFINITY
    const endsAt = end > 0 ? now + end : Number.POSITIVE_INFINITY
    const next = { session: answer.session, serves, renewAt: now + serves, endsAt }
    this.#drop()
    this.#held = next
    this.#bearer = next.session
    this.#reason = 'expired'
    this.#arm(next)
    return answer.session
  }

  #ask(reason: TokenReason, cancelled: AbortSignal): Promise<Voucher> {
    const ask = async (signal: AbortSignal): Promise<Voucher> => {
      try {
        return await this.#voucher({ reason, signal })
      } catch (cause) {
        signal.throwIfAborted()
        if (cause instanceof LabError) throw cause
        throw new LabError('auth/token-invalid', { message: 'the page gave no token', cause })
      }
    }
    return within(this.#deps.timers, cancelled, ask, TOKEN_TIMEOUT_MS)
  }
}

function isSignIn({ code }: LabError): boolean {
  return PROBLEMS[code].retry === 'sign-in'
}

function isStale({ code }: LabError): boolean {
  return code === 'auth/token-expired' || code === 'auth/token-replayed'
}
