/** An entry of `trust` of type `lti`: a platform (LMS) that this service is a tool of. */
import { parseSecureUrl } from './addresses.js'
import type { LtiClient, LtiTrust } from './config.js'
import { at, items, type Part } from './part.js'
import { need, type Reading, refuse } from './reading.js'
import type { TrustSection } from './schema.js'
import {
  readIdentifier,
  readLabsOfTrust,
  readOriginsOfTrust,
  refuseForeignKeys,
  type TrustContext,
} from './trust-parts.js'

const OF_CLIENT = ['clientId', 'deploymentIds', 'authUrl', 'tokenUrl', 'jwksUrl'] as const
const OF_LTI = ['type', 'issuer', ...OF_CLIENT, 'registrationKey', 'courseBy', 'origins', 'labs'] as const
const ADDRESS = 'an https address, or http on this machine, without credentials'

/** Characters of a key that nobody guesses: as hexadecimal digits, 96 bits. */
const KEY_LENGTH = 24

export function readLti(reading: Reading, part: Part<TrustSection>, context: TrustContext): LtiTrust | undefined {
  refuseForeignKeys(reading, part, 'lti', OF_LTI)
  const issuer = readIdentifier(reading, at(part, 'issuer'), 'the issuer of the platform, as in its claim iss')
  const origins = readOriginsOfTrust(reading, part, context.origins)
  const labs = readLabsOfTrust(reading, part, context.labs)
  const key = at(part, 'registrationKey')
  const way = key.value === undefined && !key.wrong ? readClient(reading, part) : readRegistrationKey(reading, part)
  if (issuer === undefined || way === undefined) return undefined
  const courseBy = at(part, 'courseBy').value ?? 'id'
  return { type: 'lti', issuer, courseBy, ...way, ...(origins && { origins }), ...(labs && { labs }) }
}

function readClient(reading: Reading, part: Part<TrustSection>): { client: LtiClient } | undefined {
  const clientId = readIdentifier(reading, at(part, 'clientId'), 'the client id that the platform gave this tool')
  const deploymentIds = readDeployments(reading, part)
  const authUrl = readAddress(reading, at(part, 'authUrl'), "the platform's authentication request address")
  const tokenUrl = readAddress(reading, at(part, 'tokenUrl'), "the platform's access token address")
  const jwksUrl = readAddress(reading, at(part, 'jwksUrl'), "the address of the platform's public keys")
  if (clientId === undefined || deploymentIds === undefined) return undefined
  if (authUrl === undefined || tokenUrl === undefined || jwksUrl === undefined) return undefined
  return { client: { clientId, deploymentIds, authUrl, tokenUrl, jwksUrl } }
}

function readDeployments(reading: Reading, part: Part<TrustSection>): readonly string[] | undefined {
  const list = at(part, 'deploymentIds')
  const given = need(reading, list, 'the deployment ids that the platform tells, such as ["1"]')
  if (given?.length === 0 && list.node?.kind === 'list' && !list.node.dropped) {
    refuse(reading, list, 'at least one deployment id')
  }
  for (const one of items(list)) readIdentifier(reading, one, 'a deployment id')
  return given
}

function readAddress(reading: Reading, part: Part<string>, expected: string): string | undefined {
  const text = need(reading, part, expected)
  if (text === undefined) return undefined
  const url = parseSecureUrl(text)
  if (url === undefined) refuse(reading, part, ADDRESS)
  return url
}

function readRegistrationKey(reading: Reading, part: Part<TrustSection>) {
  for (const name of OF_CLIENT) {
    if (name === 'deploymentIds') continue
    const beside = at(part, name)
    if (beside.value === undefined && !beside.wrong) continue
    reading.mistakes.add(
      { at: beside.keyAt, path: beside.path },
      `\`${name}\` stands beside \`registrationKey\`; expected only one of them: the registration brings it`,
    )
  }
  const key = at(part, 'registrationKey')
  if (key.value === undefined) return undefined
  if (/^[A-Za-z0-9_-]+$/.test(key.value) && key.value.length >= KEY_LENGTH && key.value.length <= 200) {
    const written = at(part, 'deploymentIds').value !== undefined
    return { registrationKey: key.value, deploymentIds: (written && readDeployments(reading, part)) || [] }
  }
  refuse(reading, key, `${KEY_LENGTH} to 200 letters, digits, - and _ that nobody can guess`)
  return undefined
}
