/** The two cookies in which Open edX keeps the learner's token. Pure. */
import { LabError } from '../../../../src/wire/problems.js'
import { MAX_TOKEN_LENGTH } from '../../../../src/wire/protocol.js'
import type { OpenedxTrust } from '../../config/config.js'
import { refused } from '../claims.js'

const PAYLOAD = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const SIGNATURE = /^[A-Za-z0-9_-]+$/

/**
 * The token, whole again: the page's scripts can read its first half, the signature only comes by the browser.
 * @param header The request's `Cookie`; nothing of it is kept.
 * @throws LabError `auth/no-session` where a half is missing, `auth/token-invalid` where it makes no sense.
 */
export function tokenInCookies(header: string | undefined, names: OpenedxTrust['cookies']): string {
  const payload = cookie(header, names.payload)
  const signature = cookie(header, names.signature)
  if (payload === undefined || signature === undefined) throw new LabError('auth/no-session')
  if (payload.length + signature.length >= MAX_TOKEN_LENGTH) throw refused('The token is too long.')
  if (!PAYLOAD.test(payload) || !SIGNATURE.test(signature)) throw refused('The cookies of the LMS hold no token.')
  return `${payload}.${signature}`
}

/** Whether anything came that claims to be a token: both halves. */
export function hasToken(header: string | undefined, names: OpenedxTrust['cookies']): boolean {
  return [names.payload, names.signature].every((name) => valuesOf(header, name).size > 0)
}

/**
 * A sibling site may set a cookie of the same name, for itself or for all, and nothing tells which comes first: where
 * two differ, nobody is believed.
 */
function cookie(header: string | undefined, name: string): string | undefined {
  const values = valuesOf(header, name)
  if (values.size > 1) throw refused('The browser sent two different cookies of the same name.')
  const [value] = values
  return value === '' ? undefined : value
}

function valuesOf(header: string | undefined, name: string): ReadonlySet<string> {
  const values = new Set<string>()
  for (const pair of (header ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split > 0 && pair.slice(0, split).trim() === name) values.add(pair.slice(split + 1).trim())
  }
  return values
}
