/** The claims of a token whose signature was proved: what is demanded, how long things may be, and who it makes. Pure. */
import type { JWTPayload } from 'jose'
import { LabError } from '../../../src/wire/problems.js'
import type { JwtTrust } from '../config/config.js'
import type { Principal, Role } from './ports.js'

/** Seconds, where not said otherwise. */
export const TOKEN_LIMITS = {
  /** The farthest `exp` may be ahead. */
  life: 300,
  /** By how much clocks may differ. */
  skew: 30,
  /** Characters of `sub`, `jti`, `context` and of an entry of `labs` (RFC 7519 leaves it open; OpenID Connect says 255). */
  text: 255,
  /** Characters of `name`, after cleaning. */
  name: 120,
  /** Entries of `labs` and of `roles`. */
  entries: 256,
} as const

export interface TokenFacts {
  readonly principal: Principal
  readonly jti: string
  /** Until then the same token could be shown again, so its `jti` must be remembered. */
  readonly rememberUntil: Date
}

/**
 * Reads the claims of a verified payload. Issuer, audience, `exp` and `nbf` against the clock were checked by jose.
 * @throws LabError `auth/token-invalid` whose detail names the claim and never its value.
 */
export function readClaims(payload: JWTPayload, trust: JwtTrust, now: Date): TokenFacts {
  const seconds = Math.floor(now.getTime() / 1000)
  const { exp, iat, aud } = payload
  if (!isFiniteNumber(exp)) throw refused('The claim exp is missing or is no time.')
  if (exp > seconds + TOKEN_LIMITS.life + TOKEN_LIMITS.skew) {
    throw refused('The claim exp is more than 5 minutes ahead.')
  }
  if (!isFiniteNumber(iat)) throw refused('The claim iat is missing or is no time.')
  if (iat > seconds + TOKEN_LIMITS.skew) throw refused('The claim iat is in the future.')
  // A token for several audiences is in the hands of each of them, and any could bring it here.
  if (Array.isArray(aud) && aud.length !== 1) throw refused('The claim aud names more than one audience.')

  const subject = identifier(payload.sub, 'sub')
  const jti = identifier(payload.jti, 'jti')
  return {
    principal: { issuer: trust.issuer, subject, roles: rolesOf(payload['roles']), ...optionalClaims(payload, trust) },
    jti,
    rememberUntil: new Date((exp + 2 * TOKEN_LIMITS.skew) * 1000),
  }
}

function optionalClaims(payload: JWTPayload, trust: JwtTrust): Pick<Principal, 'name' | 'locale' | 'context' | 'labs'> {
  const name = displayName(payload['name'])
  const locale = localeOf(payload['locale'])
  const context = payload['context'] === undefined ? undefined : identifier(payload['context'], 'context')
  const labs = allowedLabs(payload['labs'], trust.labs)
  return {
    ...(name !== undefined && { name }),
    ...(locale !== undefined && { locale }),
    ...(context !== undefined && { context }),
    ...(labs !== undefined && { labs }),
  }
}

/** Control characters and halves of surrogate pairs: no identifier has them, and a database may refuse them. */
const UNFIT = /[\p{Cc}\p{Cs}]/u

/** An identifier is compared exactly: nothing is trimmed, folded or normalised. */
export function identifier(value: unknown, claim: string): string {
  if (typeof value !== 'string' || value === '') throw refused(`The claim ${claim} is missing or is no text.`)
  if ([...value].length > TOKEN_LIMITS.text) throw refused(`The claim ${claim} is longer than 255 characters.`)
  if (UNFIT.test(value)) throw refused(`The claim ${claim} holds characters that are not allowed.`)
  return value
}

/** For eyes only. Invisible and direction-changing characters go: they could disguise one learner as another. */
export function displayName(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw refused('The claim name is no text.')
  const clean = value
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return clean === '' ? undefined : [...clean].slice(0, TOKEN_LIMITS.name).join('').trim()
}

/** A language tag (RFC 5646, or with `_` as some LMS write it); anything else is ignored, it only picks words. */
export function localeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 35) return undefined
  return /^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/.test(value) ? value.replaceAll('_', '-') : undefined
}

/** Roles this service does not know are left out; without any the caller is a learner. */
function rolesOf(value: unknown): readonly Role[] {
  if (value === undefined) return ['learner']
  const given = new Set(texts(value, 'roles'))
  const roles = (['learner', 'instructor'] as const).filter((role) => given.has(role))
  return roles.length === 0 ? ['learner'] : roles
}

/** Both the token and the configuration may narrow the labs; what remains is what both allow. */
function allowedLabs(claimed: unknown, trusted: readonly string[] | undefined): readonly string[] | undefined {
  if (claimed === undefined) return trusted
  const labs = texts(claimed, 'labs')
  return trusted === undefined ? labs : labs.filter((lab) => trusted.includes(lab))
}

function texts(value: unknown, claim: string): string[] {
  if (!Array.isArray(value)) throw refused(`The claim ${claim} is no list.`)
  if (value.length > TOKEN_LIMITS.entries) throw refused(`The claim ${claim} has too many entries.`)
  return value.map((entry) => identifier(entry, claim))
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

export function refused(detail: string): LabError {
  return new LabError('auth/token-invalid', { detail })
}
