/**
 * The OAuth 2 of Open edX (RFC 6749 with PKCE, RFC 7636): where a browser is sent to sign in, and the token that is
 * fetched for it, by this server only.
 */
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { LabError } from '../../../../src/wire/problems.js'
import { MAX_TOKEN_LENGTH } from '../../../../src/wire/protocol.js'
import type { OpenedxOauth } from '../../config/config.js'
import { boundedText } from './lms.js'

/** What the token must tell: the number of the account, its name, and whether it is of the staff. */
const SCOPE = 'user_id profile email'
/** Milliseconds for an answer. */
const TIMEOUT = 10_000

/** What the LMS gave; never leaves the server but to the LMS. */
export interface LmsTokens {
  readonly token: string
  /** Gets another one when it has ended. */
  readonly refresh?: string
}

const Answer = Type.Object({
  access_token: Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH }),
  refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH })),
})

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url')
}

export function authorizeUrl(
  { authUrl, clientId }: OpenedxOauth,
  { redirect, state, verifier }: { redirect: string; state: string; verifier: string },
): string {
  const url = new URL(authUrl)
  const query = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: redirect, scope: SCOPE, state },
    ...{ code_challenge: challengeOf(verifier), code_challenge_method: 'S256' },
  }
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
  return url.href
}

export type TokenGrant =
  | { readonly code: string; readonly redirect: string; readonly verifier: string }
  | { readonly refresh: string }

/**
 * @throws LabError `auth/token-invalid` where the LMS refuses what it is shown, `auth/issuer-unreachable`.
 */
export async function fetchTokens(fetcher: typeof fetch, oauth: OpenedxOauth, grant: TokenGrant): Promise<LmsTokens> {
  const { status, text } = await post(fetcher, oauth, parametersOf(grant))
  // 400 and 401 are its word on this grant (RFC 6749 section 5.2); anything else says nothing about it.
  if (status === 400 || status === 401)
    throw new LabError('auth/token-invalid', { detail: 'The LMS signed nobody in.' })
  if (status !== 200) throw unreachable(new Error(`answered ${status}`))
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw unreachable(cause)
  }
  if (!Value.Check(Answer, answer)) throw unreachable(new Error('answered no token'))
  const { access_token: token, refresh_token: refresh } = answer
  return { token, ...(refresh !== undefined && { refresh }) }
}

function parametersOf(grant: TokenGrant): Record<string, string> {
  if ('refresh' in grant) return { grant_type: 'refresh_token', refresh_token: grant.refresh }
  const { code, redirect, verifier } = grant
  return { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier }
}

async function post(fetcher: typeof fetch, oauth: OpenedxOauth, parameters: Record<string, string>) {
  const { tokenUrl, clientId, clientSecret } = oauth
  // Open edX: a JWT, and one that is signed by its private key instead of a shared secret.
  const kind = { client_id: clientId, client_secret: clientSecret, token_type: 'jwt', asymmetric_jwt: 'true' }
  try {
    const response = await fetcher(tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ ...parameters, ...kind }),
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    return { status: response.status, text: await boundedText(response) }
  } catch (cause) {
    throw unreachable(cause)
  }
}

function unreachable(cause: unknown): LabError {
  return new LabError('auth/issuer-unreachable', { message: 'the LMS gives no token', cause })
}
