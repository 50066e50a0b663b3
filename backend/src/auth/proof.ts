/** Proves the signature and the registered claims of a JWT by the keys of its issuer, with each that may fit. */
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { LabError } from '../../../src/wire/problems.js'
import { type KeySet, KeysUnavailable } from './key-sets.js'

/**
 * @param kid What the header of the token names, if anything.
 * @throws LabError `auth/token-invalid`, `auth/token-expired`, or `auth/issuer-unreachable` when there are no keys now.
 */
export async function prove(
  token: string,
  kid: string | undefined,
  keys: KeySet,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    try {
      return await tryKeys(token, keys, options)
    } catch (error) {
      // A token that names no key cannot tell jose that the keys were changed: a bad signature is the only sign.
      const mayBeNew = kid === undefined && error instanceof errors.JWSSignatureVerificationFailed
      if (!mayBeNew || !(await keys.refresh())) throw error
      return await tryKeys(token, keys, options)
    }
  } catch (error) {
    throw problemFor(error)
  }
}

/** A token without `kid` may fit several keys: each is tried, as RFC 7515 section 4.1.4 leaves to us. */
async function tryKeys(token: string, keys: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys.find, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** jose's errors carry the claims; only their code goes on, for the log. */
function problemFor(error: unknown): LabError {
  if (error instanceof LabError) return error
  if (error instanceof KeysUnavailable) return new LabError('auth/issuer-unreachable', { cause: error })
  if (error instanceof errors.JWTExpired) return new LabError('auth/token-expired')
  const detail =
    error instanceof errors.JWTClaimValidationFailed
      ? `The claim ${error.claim} ${error.reason === 'missing' ? 'is missing' : 'is not what was expected'}.`
      : 'The signature of the token cannot be proved.'
  const message = error instanceof errors.JOSEError ? `${detail} (${error.code})` : detail
  return new LabError('auth/token-invalid', { detail, message })
}
