/** A JWK set (RFC 7517) as an issuer publishes it, cut down to what may be believed. Pure. */
import type { JSONWebKeySet, JWK } from 'jose'

export const JWKS_LIMITS = { bytes: 256 * 1024, keys: 32 } as const

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use', 'key_ops'] as const

/**
 * A JWK set (RFC 7517) cut down to public signature keys. Shared secrets (`oct`) and keys published with their
 * private half are dropped: whoever reads the set could sign with them.
 */
export function publicKeys(set: unknown): JSONWebKeySet {
  if (!isRecord(set) || !Array.isArray(set['keys'])) throw new TypeError('not a JWK set: no list `keys`')
  if (set['keys'].length > JWKS_LIMITS.keys) throw new TypeError(`more than ${JWKS_LIMITS.keys} keys`)
  return { keys: set['keys'].filter(isPublicKey).map(publicHalf) }
}

function isPublicKey(key: unknown): key is JWK {
  if (!isRecord(key) || !['OKP', 'EC', 'RSA'].includes(String(key['kty']))) return false
  return key['d'] === undefined && key['k'] === undefined
}

function publicHalf(key: JWK): JWK {
  const kept = PUBLIC_MEMBERS.filter((member) => key[member] !== undefined).map((member) => [member, key[member]])
  return { kty: key.kty, ...Object.fromEntries(kept) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
