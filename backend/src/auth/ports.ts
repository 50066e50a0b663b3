/** What identity needs of the store, and what the other rooms get from identity. */

export type Role = 'learner' | 'instructor'

/** Who is asking, as a trusted issuer said it. */
export interface Principal {
  readonly issuer: string
  readonly subject: string
  /** LTI: the client id by which the platform knows this tool; an issuer may have several. */
  readonly client?: string
  readonly name?: string
  readonly locale?: string
  readonly roles: readonly Role[]
  /** The course the caller comes from. */
  readonly context?: string
  /** The only labs allowed, when the token says so. */
  readonly labs?: readonly string[]
}

/** A session as the server keeps it; the bearer token itself is stored hashed only. */
export interface StoredSession {
  readonly principal: Principal
  /** The page's origin, exact; the session serves no other. */
  readonly origin: string
  /** Slides with use. */
  readonly expiresAt: Date
  /** Does not: by then the LMS must have vouched again. */
  readonly endsAt: Date
}

/** What a ticket entitles to: one tunnel to one terminal. The client chooses none of it. */
export interface TicketClaims {
  readonly labId: string
  readonly lab: string
  readonly terminal: string
  readonly readOnly: boolean
  readonly principal: Principal
  readonly origin: string
  /** Names the page that asked, so that all its links end together when it is found gone. No secret. */
  readonly page?: string
  readonly expiresAt: Date
}

export interface AuthStore {
  putSession(hash: string, session: StoredSession): Promise<void>
  /** The LMS vouched again: what the session says is replaced. False when it is not there any more. */
  replaceSession(hash: string, session: StoredSession): Promise<boolean>
  /** Undefined when unknown or expired. */
  getSession(hash: string): Promise<StoredSession | undefined>
  renewSession(hash: string, expiresAt: Date): Promise<void>
  deleteSession(hash: string): Promise<void>
  putTicket(hash: string, claims: TicketClaims): Promise<void>
  /** Takes the ticket out in one statement: of two callers at once one gets it. Expired ones too; the caller checks. */
  takeTicket(hash: string): Promise<TicketClaims | undefined>
  /** True when this (issuer, jti) was not seen before; remembers it until `expiresAt`. */
  claimTokenId(issuer: string, jti: string, expiresAt: Date): Promise<boolean>
  /** Forgets what has expired. */
  sweep(now: Date): Promise<void>
}
