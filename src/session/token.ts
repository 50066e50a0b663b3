/** What the session asks the course page for: a signed token, exchanged at once and never kept. */
import type { SessionRequest } from '../wire/schema.js'

/** Why a token is wanted: to begin, because the session ended or is about to, or because a person tries again. */
export type TokenReason = 'start' | 'expired' | 'retry'

export interface TokenRequest {
  readonly reason: TokenReason
  readonly signal: AbortSignal
}

/** A signed token, or on the page of an LTI launch the code that came with it. */
export type SignInWord = string | Extract<SessionRequest, { grant: 'lti' }>

/** Answers the word of the course page; a rejection signs the person out with a problem. */
export type TokenSource = (request: TokenRequest) => Promise<SignInWord>
