/** What the session asks the course page for: a sign-in, exchanged at once and never kept. */
import type { SessionRequest } from '../wire/schema.js'

/** Why one is wanted: to begin, because the session ended or is about to, or because a person tries again. */
export type TokenReason = 'start' | 'expired' | 'retry'

export interface TokenRequest {
  readonly reason: TokenReason
  readonly signal: AbortSignal
}

/**
 * What the course page has at hand: a signed token, on the page of an LTI launch the code that came with it, on a page of
 * Open edX the wish to be signed in by its cookies.
 */
export type SignInWord = string | Exclude<SessionRequest, { grant: 'jwt' }>

/** What the page shows to the backend for a session. */
export interface Voucher {
  readonly request: SessionRequest
  /** The browser sends the cookies of the course site along. */
  readonly withCookies?: true
  /** Makes the same good again where the server refused it, once an exchange. Without it another one is asked for. */
  readonly renew?: (signal: AbortSignal) => Promise<void>
}

/** Answers a sign-in of the course page; a rejection signs the person out with a problem. */
export type VoucherSource = (request: TokenRequest) => Promise<Voucher>
