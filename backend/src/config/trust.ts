/** The section `trust`: whose tokens are believed. */

import { parseKeysUrl, parseOrigin } from './addresses.js'
import type { JwtTrust, LabConfig, Trust } from './config.js'
import { JWKS_LIMITS, publicKeys } from './jwks.js'
import { at, items, type Part, shownPart } from './part.js'
import { existing, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { ConfigFile, TrustSection } from './schema.js'
import { listed, meant } from './words.js'

export interface TrustContext {
  readonly origins: readonly string[]
  readonly publicUrl: string
  readonly labs: ReadonlyMap<string, LabConfig>
}

const OF_JWT = ['type', 'issuer', 'audience', 'jwks', 'jwksUrl', 'origins', 'labs']

export async function readTrust(reading: Reading, root: Part<ConfigFile>, context: TrustContext): Promise<Trust[]> {
  const sections = items(at(root, 'trust'))
  const issuers = sections.map((section) => at(section, 'issuer'))
  refuseTwins(
    reading,
    issuers,
    issuers.map((issuer) => issuer.value),
  )
  const trust: Trust[] = []
  for (const section of sections) {
    const type = at(section, 'type')
    const kind = need(reading, type, 'jwt')
    if (kind === 'jwt') {
      const entry = await readJwt(reading, section, context)
      if (entry !== undefined) trust.push(entry)
    } else if (kind !== undefined) {
      reading.mistakes.add(type, `\`type: ${kind}\` is not supported by this version; expected jwt`)
    }
  }
  return trust
}

async function readJwt(
  reading: Reading,
  part: Part<TrustSection>,
  context: TrustContext,
): Promise<JwtTrust | undefined> {
  refuseForeignKeys(reading, part)
  const issuer = readIdentifier(reading, at(part, 'issuer'), 'the issuer of the tokens, as in their claim iss')
  const audiencePart = at(part, 'audience')
  const audience =
    audiencePart.value === undefined ? context.publicUrl : readIdentifier(reading, audiencePart, 'an audience')
  const keys = await readKeys(reading, part)
  const origins = readOriginsOfTrust(reading, part, context.origins)
  const labs = readLabsOfTrust(reading, part, context.labs)
  if (issuer === undefined || audience === undefined || keys === undefined) return undefined
  return { type: 'jwt', issuer, audience, keys, ...(origins && { origins }), ...(labs && { labs }) }
}

function refuseForeignKeys(reading: Reading, part: Part<TrustSection>): void {
  if (part.node?.kind !== 'map') return
  for (const [key, { keyAt }] of part.node.entries) {
    if (OF_JWT.includes(key)) continue
    reading.mistakes.add(
      { at: keyAt, path: `${part.path}.${key}` },
      `\`${key}\` does not belong to type jwt; ${meant(key, OF_JWT)}`,
    )
  }
}

/** Compared exactly with a claim, so nothing is normalised. */
function readIdentifier(reading: Reading, part: Part<string>, expected: string): string | undefined {
  const value = need(reading, part, expected)
  if (value === undefined) return undefined
  if (value.length <= 255 && !/[\p{Cc}\p{Cs}]/u.test(value)) return value
  refuse(reading, part, 'at most 255 characters without control characters')
  return undefined
}

async function readKeys(reading: Reading, part: Part<TrustSection>): Promise<JwtTrust['keys'] | undefined> {
  const [file, url] = [at(part, 'jwks'), at(part, 'jwksUrl')]
  if (file.wrong || url.wrong) return undefined
  if (file.value !== undefined && url.value !== undefined) {
    reading.mistakes.add(url, '`jwksUrl` stands beside `jwks`; expected only one of them')
    return undefined
  }
  if (url.value !== undefined) {
    const parsed = parseKeysUrl(url.value)
    if (parsed === undefined) refuse(reading, url, 'an https address, or http on this machine, without credentials')
    return parsed === undefined ? undefined : { url: parsed }
  }
  if (file.value === undefined) {
    reading.mistakes.add(part, `the issuer has no keys; expected ${listed(['jwks', 'jwksUrl'])}`)
    return undefined
  }
  const path = await existing(reading, file, 'file')
  if (path !== undefined) await refuseBadKeys(reading, file, path)
  return path === undefined ? undefined : { file: path }
}

async function refuseBadKeys(reading: Reading, part: Part<string>, path: string): Promise<void> {
  try {
    const set: unknown = JSON.parse(await reading.disk.read(path, JWKS_LIMITS.bytes))
    const given = typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys) ? set.keys : []
    const usable = publicKeys(set).keys.length
    if (usable > 0 && usable === given.length) return
    refuse(reading, part, 'a JWK set of public keys only (no private or shared secret keys), at least one')
  } catch {
    refuse(reading, part, 'a JWK set: JSON with a list `keys` (RFC 7517)')
  }
}

function readOriginsOfTrust(reading: Reading, part: Part<TrustSection>, allowed: readonly string[]) {
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

function readLabsOfTrust(reading: Reading, part: Part<TrustSection>, labs: ReadonlyMap<string, LabConfig>) {
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
