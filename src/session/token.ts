/** What the session asks the course page for: a signed token, exchanged at once and never kept. */
/** Why a token is wanted: to begin, because the session ended or is about to, or because a person tries again. */
export type TokenReason = 'start' | 'expired' | 'retry'

export interface TokenRequest {
  readonly reason: TokenReason
  readonly signal: AbortSignal
}

/** Answers a signed token of the course page; a rejection signs the person out with a problem. */
export type TokenSource = (request: TokenRequest) => Promise<string>
