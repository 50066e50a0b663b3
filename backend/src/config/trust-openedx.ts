/** Entries of `trust` of the type `openedx`: an Open edX platform whose own sign-in is taken. */
import { parsePublicUrl, parseSecureUrl } from './addresses.js'
import type { OpenedxOauth, OpenedxTrust, Trust } from './config.js'
import { at, type Part, shownPart } from './part.js'
import { readDuration } from './policy.js'
import { need, type Reading, refuse } from './reading.js'
import type { TrustSection } from './schema.js'
import {
  readIdentifier,
  readKeyFile,
  readLabsOfTrust,
  readOriginsOfTrust,
  refuseForeignKeys,
  type TrustContext,
} from './trust-parts.js'

const OAUTH = ['clientId', 'clientSecret', 'authUrl', 'tokenUrl'] as const
const OWN = [
  ...(['type', 'lms', 'jwks', 'enrolment', 'modes', 'recheck', 'issuer', 'audience', 'cookies', 'origins'] as const),
  ...(['labs', ...OAUTH] as const),
] as const

const MINUTE = 60_000
/** How soon a lab closes after its learner's enrolment ended: a page asks again a little before. */
const RECHECK = { usual: 5 * MINUTE, least: MINUTE / 2, most: 15 * MINUTE } as const

/** As Open edX comes: `JWT_AUTH` in its settings. */
const DEFAULT_AUDIENCE = 'openedx'
const DEFAULT_COOKIES = { payload: 'edx-jwt-cookie-header-payload', signature: 'edx-jwt-cookie-signature' } as const

/** The default is how Tutor sets `JWT_ISSUER`. */
export function issuerOfOpenedx(part: Part<TrustSection>): string | undefined {
  const { issuer, lms } = part.value ?? {}
  if (issuer !== undefined) return issuer
  const url = lms === undefined ? undefined : parsePublicUrl(lms)
  return url === undefined ? undefined : `${url}/oauth2`
}

export async function readOpenedx(
  reading: Reading,
  part: Part<TrustSection>,
  context: TrustContext,
): Promise<OpenedxTrust | undefined> {
  refuseForeignKeys(reading, part, 'openedx', OWN)
  const lms = readLms(reading, part)
  const jwks = at(part, 'jwks')
  need(reading, jwks, 'the path of the JWK set that verifies its tokens (JWT_PUBLIC_SIGNING_JWK_SET)')
  const keys = await readKeyFile(reading, jwks, 'RSA')
  const issuer = readOptional(reading, part, 'issuer') ?? issuerOfOpenedx(part)
  const audience = readOptional(reading, part, 'audience') ?? DEFAULT_AUDIENCE
  const cookies = readCookies(reading, part)
  const labs = readLabsOfTrust(reading, part, context.labs)
  const origins =
    readOriginsOfTrust(reading, part, context.origins) ?? readOwnPages(reading, part, lms, context.origins)
  const enrolment = at(part, 'enrolment').value ?? 'required'
  const modes = readModes(reading, part, enrolment)
  const recheck = readRecheck(reading, part)
  const oauth = readOauth(reading, part, lms)
  if (lms === undefined || keys === undefined || issuer === undefined) return undefined
  return {
    ...{ type: 'openedx', lms, issuer, audience, keys, enrolment, recheck, cookies, origins },
    ...(modes && { modes }),
    ...(labs && { labs }),
    ...(oauth && { oauth }),
  }
}

function readModes(reading: Reading, part: Part<TrustSection>, enrolment: string): readonly string[] | undefined {
  const list = at(part, 'modes')
  if (list.value === undefined) return undefined
  if (enrolment === 'none') reading.mistakes.add(list, '`modes` stands beside `enrolment: none`, which asks for none')
  if (list.value.length === 0 && list.node?.kind === 'list' && !list.node.dropped) {
    refuse(reading, list, 'at least one mode, or the key left out for all of them')
  }
  return list.value
}

function readRecheck(reading: Reading, part: Part<TrustSection>): number {
  const recheck = at(part, 'recheck')
  const given = readDuration(reading, recheck, RECHECK.most) ?? RECHECK.usual
  if (given < RECHECK.least) refuse(reading, recheck, 'at least 30s: each time the LMS is asked')
  return given
}

/** All or nothing: without a client id there is no sign-in by a window. */
function readOauth(reading: Reading, part: Part<TrustSection>, lms: string | undefined): OpenedxOauth | undefined {
  const given = OAUTH.filter((key) => at(part, key).node !== undefined)
  if (given.length === 0) return undefined
  const clientId = readIdentifier(reading, at(part, 'clientId'), 'the client id of the OAuth2 application at the LMS')
  const secret = at(part, 'clientSecret')
  const clientSecret = need(reading, secret, 'the client secret of the OAuth2 application at the LMS')
  const authUrl = readEndpoint(reading, at(part, 'authUrl'), lms && `${lms}/oauth2/authorize/`)
  const tokenUrl = readEndpoint(reading, at(part, 'tokenUrl'), lms && `${lms}/oauth2/access_token/`)
  if (clientId === undefined || clientSecret === undefined) return undefined
  if (authUrl === undefined || tokenUrl === undefined) return undefined
  return { clientId, clientSecret, authUrl, tokenUrl }
}

function readEndpoint(reading: Reading, part: Part<string>, usual: string | undefined): string | undefined {
  if (part.value === undefined) return part.wrong ? undefined : usual
  const url = parseSecureUrl(part.value)
  if (url === undefined) refuse(reading, part, 'an https address, or http on this machine, without credentials')
  return url
}

/** A page belongs to one platform only: its origin says whose cookies come. */
export function refuseSharedPages(reading: Reading, sections: readonly Part<TrustSection>[], trust: readonly Trust[]) {
  const seen = new Set<string>()
  for (const entry of trust) {
    if (entry.type !== 'openedx') continue
    const section = sections.find((one) => issuerOfOpenedx(one) === entry.issuer)
    for (const origin of entry.origins) {
      if (seen.has(origin) && section !== undefined) {
        const message = `pages of ${origin} belong to another entry of type openedx already; expected each page once`
        reading.mistakes.add(at(section, 'origins'), message)
      }
      seen.add(origin)
    }
  }
}

/** The token of the learner is sent there. */
function readLms(reading: Reading, part: Part<TrustSection>): string | undefined {
  const lms = at(part, 'lms')
  const text = need(reading, lms, 'the address of the LMS, such as https://lms.example.org')
  if (text === undefined) return undefined
  const url = parseSecureUrl(text) === undefined ? undefined : parsePublicUrl(text)
  if (url === undefined) refuse(reading, lms, 'an https address (or http on this machine) without query or credentials')
  return url
}

function readOptional(reading: Reading, part: Part<TrustSection>, key: 'issuer' | 'audience'): string | undefined {
  const one = at(part, key)
  return one.value === undefined ? undefined : readIdentifier(reading, one, `the ${key} of its tokens`)
}

/** By default the units, which the LMS itself serves. */
function readOwnPages(
  reading: Reading,
  part: Part<TrustSection>,
  lms: string | undefined,
  allowed: readonly string[],
): readonly string[] {
  if (lms === undefined || at(part, 'origins').wrong) return []
  const { origin } = new URL(lms)
  if (!allowed.includes(origin)) {
    const where = at(part, 'lms')
    reading.mistakes.add(
      where,
      `${shownPart(where)} is not among the \`origins\` of the file; expected ${origin} there`,
    )
  }
  return [origin]
}

/** Names of cookies (RFC 6265 section 4.1.1). */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/

function readCookies(reading: Reading, part: Part<TrustSection>): OpenedxTrust['cookies'] {
  const names = at(part, 'cookies')
  const read = (key: 'payload' | 'signature'): string => {
    const one = at(names, key)
    if (one.value !== undefined && !COOKIE_NAME.test(one.value)) refuse(reading, one, 'the name of a cookie')
    return one.value ?? DEFAULT_COOKIES[key]
  }
  const cookies = { payload: read('payload'), signature: read('signature') }
  if (cookies.payload === cookies.signature) refuse(reading, at(names, 'signature'), 'another cookie than `payload`')
  return cookies
}
