/** What the LTI tool needs of the store, and what it keeps there. */
import type { JWK } from 'jose'
import type { LtiClient, LtiTrust } from '../../config/config.js'
import type { WindowOneTime } from '../openedx/window.js'
import type { Principal } from '../ports.js'

/** One way a platform and this tool know each other. */
export interface Registration extends LtiClient {
  readonly issuer: string
  /** The entry of the configuration it stands under. */
  readonly trust: LtiTrust
}

/** A registration the platform made itself, without the entry of the configuration. */
export type StoredRegistration = Omit<Registration, 'trust'>

/** What the platform sent to begin a sign-in; kept so that it can be begun anew in another window. */
export interface LoginRequest {
  readonly issuer: string
  readonly clientId: string
  readonly loginHint: string
  readonly targetLinkUri: string
  readonly messageHint?: string
  readonly deploymentId?: string
  /** The name of the platform's frame that keeps data for tools, or `_parent`. */
  readonly storageTarget?: string
}

/** Where the score of a learner in a lab is sent (LTI Assignment and Grade Services 2.0). */
export interface GradeLine {
  readonly clientId: string
  readonly lineItem: string
}

/** A launch that was proved in every way but one: that it came back to the browser it began in. */
export type Launch =
  | { readonly kind: 'lab'; readonly principal: Principal; readonly lab: string; readonly grade?: GradeLine }
  | { readonly kind: 'deep-link'; readonly principal: Principal; readonly request: DeepLinkRequest }

/** What an author may choose, and where the choice is sent (LTI Deep Linking 2.0). */
export interface DeepLinkRequest {
  readonly deploymentId: string
  readonly returnUrl: string
  readonly multiple: boolean
  /** An item may ask for a column of the gradebook. */
  readonly grades: boolean
  readonly data?: string
}

/** What is kept for one use, under the hash of a secret. */
export type OneTime =
  | { readonly kind: 'login'; readonly login: LoginRequest; readonly nonce: string; readonly browser: string }
  | { readonly kind: 'proof'; readonly login: LoginRequest; readonly launch: Launch; readonly browser: string }
  | { readonly kind: 'code'; readonly principal: Principal }
  | { readonly kind: 'choice'; readonly principal: Principal; readonly request: DeepLinkRequest }
  | WindowOneTime

export interface ToolKey {
  readonly kid: string
  /** The private half, too. */
  readonly jwk: JWK
  readonly createdAt: Date
}

/** Whose score: one learner in one lab. */
export interface GradeKey {
  readonly issuer: string
  readonly subject: string
  readonly lab: string
}

export interface LtiStore {
  put(hash: string, value: OneTime, expiresAt: Date): Promise<void>
  /** Takes it out in one statement: of two callers at once one gets it. Undefined when it has expired. */
  take(hash: string): Promise<OneTime | undefined>
  registrations(issuer: string): Promise<readonly StoredRegistration[]>
  /** In place of the one with the same issuer and client id. */
  putRegistration(registration: StoredRegistration): Promise<void>
  /** Oldest first. */
  keys(): Promise<readonly ToolKey[]>
  /** Unless there is one that was made after `unlessSince`, by another replica at the same time. */
  addKey(key: ToolKey, unlessSince: Date): Promise<void>
  removeKeys(createdBefore: Date): Promise<void>
  /** The last launch says where its scores go. */
  putGradeLine(key: GradeKey, line: GradeLine): Promise<void>
  gradeLine(key: GradeKey): Promise<GradeLine | undefined>
  /**
   * The time a score is dated with: `now`, or a millisecond after the last one of the same learner and lab, since a
   * platform ignores a score that is not newer.
   */
  scoreTime(key: GradeKey, now: Date): Promise<Date>
  /** Forgets what has expired. */
  sweep(now: Date): Promise<void>
}
