/** What a token of Open edX says, once its signature is proved. Pure. */
import type { JWTPayload } from 'jose'
import { displayName, identifier, refused } from '../claims.js'

/** The only algorithm of its asymmetric tokens (`JWT_SIGNING_ALGORITHM`). HS256 is its shared secret: never. */
export const OPENEDX_ALGORITHM = 'RS512'
/** Tokens of another major version mean something else. */
const VERSION = /^1\.\d+\.\d+$/

export interface OpenedxLearner {
  /** Never changes, unlike the user name. */
  readonly userId: number
  /** By which the LMS is asked. */
  readonly username: string
  readonly name?: string
  /** Staff of the whole platform. */
  readonly administrator: boolean
}

/** @throws LabError `auth/token-invalid` whose detail names the claim and never its value. */
export function readLearner(payload: JWTPayload): OpenedxLearner {
  const { user_id: userId, version, is_restricted: restricted } = payload
  if (typeof version !== 'string' || !VERSION.test(version)) throw refused('The claim version is not 1.')
  // Tokens of an application that was given a part of the learner's rights only.
  if (restricted !== false) throw refused('The token is restricted.')
  if (typeof userId !== 'number' || !Number.isSafeInteger(userId) || userId <= 0) {
    throw refused('The claim user_id is missing or is no number.')
  }
  const name = displayName(payload['name'])
  return {
    userId,
    username: identifier(payload['preferred_username'], 'preferred_username'),
    ...(name !== undefined && { name }),
    administrator: payload['administrator'] === true || payload['superuser'] === true,
  }
}
