/** The section `trust`: whose word is taken on who a learner is. */
import type { JwtTrust, Trust } from './config.js'
import { readLti } from './lti.js'
import { at, items, type Part } from './part.js'
import { need, type Reading, refuse, refuseTwins } from './reading.js'
import type { ConfigFile, TrustSection } from './schema.js'
import { issuerOfOpenedx, readOpenedx, refuseSharedPages } from './trust-openedx.js'
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
  refuseSharedPages(reading, sections, trust)
  return trust
}

async function readEntry(reading: Reading, section: Part<TrustSection>, context: TrustContext) {
  const type = at(section, 'type')
  const kind = need(reading, type, 'jwt, openedx or lti')
  switch (kind) {
    case undefined:
      return undefined
    case 'jwt':
      return readJwt(reading, section, context)
    case 'lti':
      return readLti(reading, section, context)
    case 'openedx':
      return readOpenedx(reading, section, context)
    default:
      return kind satisfies never
  }
}

/** A platform may know this tool under several client ids, any other issuer is there once. */
function refuseTwinIssuers(reading: Reading, sections: readonly Part<TrustSection>[]): void {
  const alone = new Set(sections.filter((section) => at(section, 'type').value !== 'lti').map(issuerOf))
  const keys = sections.map((section) => {
    const issuer = issuerOf(section)
    if (issuer === undefined || alone.has(issuer)) return issuer
    return JSON.stringify([issuer, at(section, 'clientId').value])
  })
  refuseTwins(reading, sections.map(issuerPart), keys)
}

/** Where the issuer is written: an Open edX may leave it to its address. */
function issuerPart(section: Part<TrustSection>): Part<string> {
  const issuer = at(section, 'issuer')
  return issuer.node === undefined && section.value?.type === 'openedx' ? at(section, 'lms') : issuer
}

function issuerOf(section: Part<TrustSection>): string | undefined {
  return section.value?.type === 'openedx' ? issuerOfOpenedx(section) : section.value?.issuer
}

async function readJwt(
  reading: Reading,
  part: Part<TrustSection>,
  context: TrustContext,
): Promise<JwtTrust | undefined> {
  const own = ['type', 'issuer', 'audience', 'jwks', 'jwksUrl', 'algorithms', 'origins', 'labs'] as const
  refuseForeignKeys(reading, part, 'jwt', own)
  const issuer = readIdentifier(reading, at(part, 'issuer'), 'the issuer of the tokens, as in their claim iss')
  const audiencePart = at(part, 'audience')
  const audience =
    audiencePart.value === undefined ? context.publicUrl : readIdentifier(reading, audiencePart, 'an audience')
  const keys = await readKeys(reading, part)
  const algorithms = readAlgorithms(reading, part)
  const origins = readOriginsOfTrust(reading, part, context.origins)
  const labs = readLabsOfTrust(reading, part, context.labs)
  if (issuer === undefined || audience === undefined || keys === undefined) return undefined
  return {
    ...{ type: 'jwt', issuer, audience, keys },
    ...(algorithms && { algorithms }),
    ...(origins && { origins }),
    ...(labs && { labs }),
  }
}

function readAlgorithms(reading: Reading, part: Part<TrustSection>): JwtTrust['algorithms'] {
  const list = at(part, 'algorithms')
  if (list.value?.length === 0 && list.node?.kind === 'list' && !list.node.dropped) {
    refuse(reading, list, 'at least one of EdDSA, ES256, RS256, or the key left out for all of them')
  }
  return list.value
}
