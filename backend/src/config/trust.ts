/** The section `trust`: whose word is taken on who a learner is. */
import type { JwtTrust, Trust } from './config.js'
import { readLti, refuseTwinIssuers } from './lti.js'
import { at, items, type Part } from './part.js'
import { need, type Reading } from './reading.js'
import type { ConfigFile, TrustSection } from './schema.js'
import {
  readIdentifier,
  readKeys,
  readLabsOfTrust,
  readOriginsOfTrust,
  refuseForeignKeys,
  type TrustContext,
} from './trust-parts.js'

export async function readTrust(reading: Reading, root: Part<ConfigFile>, context: TrustContext): Promise<Trust[]> {
  const sections = items(at(root, 'trust'))
  refuseTwinIssuers(reading, sections)
  const trust: Trust[] = []
  for (const section of sections) {
    const entry = await readEntry(reading, section, context)
    if (entry !== undefined) trust.push(entry)
  }
  return trust
}

async function readEntry(reading: Reading, section: Part<TrustSection>, context: TrustContext) {
  const type = at(section, 'type')
  const kind = need(reading, type, 'jwt or lti')
  switch (kind) {
    case undefined:
      return undefined
    case 'jwt':
      return readJwt(reading, section, context)
    case 'lti':
      return readLti(reading, section, context)
    case 'openedx':
      reading.mistakes.add(type, `\`type: ${kind}\` is not supported by this version; expected jwt or lti`)
      return undefined
    default:
      return kind satisfies never
  }
}

async function readJwt(
  reading: Reading,
  part: Part<TrustSection>,
  context: TrustContext,
): Promise<JwtTrust | undefined> {
  const own = ['type', 'issuer', 'audience', 'jwks', 'jwksUrl', 'origins', 'labs'] as const
  refuseForeignKeys(reading, part, 'jwt', own)
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
