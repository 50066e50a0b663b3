/** What the entries of `trust` have in common, whatever their type. */
import { parseOrigin, parseSecureUrl } from './addresses.js'
import type { JwtTrust, LabConfig } from './config.js'
import { JWKS_LIMITS, publicKeys } from './jwks.js'
import { at, items, type Part, shownPart } from './part.js'
import { existing, need, type Reading, refuse } from './reading.js'
import type { TrustSection } from './schema.js'
import { listed, meant } from './words.js'

export interface TrustContext {
  readonly origins: readonly string[]
  readonly publicUrl: string
  readonly labs: ReadonlyMap<string, LabConfig>
}

/** Tells of keys that belong to another type of entry. */
export function refuseForeignKeys(
  reading: Reading,
  part: Part<TrustSection>,
  type: string,
  own: readonly (keyof TrustSection)[],
): void {
  if (part.node?.kind !== 'map') return
  for (const [key, { keyAt }] of part.node.entries) {
    if (own.some((one) => one === key)) continue
    reading.mistakes.add(
      { at: keyAt, path: `${part.path}.${key}` },
      `\`${key}\` does not belong to type ${type}; ${meant(key, own)}`,
    )
  }
}

/** Compared exactly with a claim, so nothing is normalised. */
export function readIdentifier(reading: Reading, part: Part<string>, expected: string): string | undefined {
  const value = need(reading, part, expected)
  if (value === undefined) return undefined
  if (value.length <= 255 && !/[\p{Cc}\p{Cs}]/u.test(value)) return value
  refuse(reading, part, 'at most 255 characters without control characters')
  return undefined
}

export async function readKeys(reading: Reading, part: Part<TrustSection>): Promise<JwtTrust['keys'] | undefined> {
  const [file, url] = [at(part, 'jwks'), at(part, 'jwksUrl')]
  if (file.wrong || url.wrong) return undefined
  if (file.value !== undefined && url.value !== undefined) {
    reading.mistakes.add(url, '`jwksUrl` stands beside `jwks`; expected only one of them')
    return undefined
  }
  if (url.value !== undefined) {
    const parsed = parseSecureUrl(url.value)
    if (parsed === undefined) refuse(reading, url, 'an https address, or http on this machine, without credentials')
    return parsed === undefined ? undefined : { url: parsed }
  }
  if (file.value === undefined) {
    reading.mistakes.add(part, `the issuer has no keys; expected ${listed(['jwks', 'jwksUrl'])}`)
    return undefined
  }
  return readKeyFile(reading, file)
}

/** A JWK set in a file. `type`: at least one of the keys is of that type, where only such serve. */
export async function readKeyFile(reading: Reading, part: Part<string>, type?: 'RSA') {
  const path = await existing(reading, part, 'file')
  if (path !== undefined) await refuseBadKeys(reading, part, path, type)
  return path === undefined ? undefined : { file: path }
}

async function refuseBadKeys(reading: Reading, part: Part<string>, path: string, type?: 'RSA'): Promise<void> {
  try {
    const set: unknown = JSON.parse(await reading.disk.read(path, JWKS_LIMITS.bytes))
    const given = typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys) ? set.keys : []
    const usable = publicKeys(set).keys
    const fitting = usable.some(({ kty }) => type === undefined || kty === type)
    if (fitting && usable.length === given.length) return
    if (usable.length > 0 && usable.length === given.length) refuse(reading, part, `a JWK set with an ${type} key`)
    else refuse(reading, part, 'a JWK set of public keys only (no private or shared secret keys), at least one')
  } catch {
    refuse(reading, part, 'a JWK set: JSON with a list `keys` (RFC 7517)')
  }
}

export function readOriginsOfTrust(reading: Reading, part: Part<TrustSection>, allowed: readonly string[]) {
  const list = at(part, 'origins')
  if (list.value === undefined) return undefined
  if (list.value.length === 0 && list.node?.kind === 'list' && !list.node.dropped) {
    refuse(reading, list, 'at least one origin, or the key left out for all of `origins`')
  }
  return items(list).flatMap((one) => {
    const origin = one.value === undefined ? undefined : parseOrigin(one.value)
    if (origin === undefined) reading.mistakes.add(one, 'not an origin; expected one such as https://lms.example.org')
    else if (!allowed.includes(origin)) {
      reading.mistakes.add(one, `${shownPart(one)} is not among the \`origins\` of the file; ${meant(origin, allowed)}`)
    }
    return origin === undefined ? [] : [origin]
  })
}

export function readLabsOfTrust(reading: Reading, part: Part<TrustSection>, labs: ReadonlyMap<string, LabConfig>) {
  const list = at(part, 'labs')
  if (list.value === undefined) return undefined
  if (list.value.length === 0 && list.node?.kind === 'list' && !list.node.dropped) {
    refuse(reading, list, 'at least one lab, or the key left out for all labs')
  }
  for (const one of items(list)) {
    if (one.value !== undefined && !labs.has(one.value)) {
      reading.mistakes.add(one, `no lab is named ${shownPart(one)}; ${meant(one.value, labs.keys())}`)
    }
  }
  return list.value
}
