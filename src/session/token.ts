/** Where the signed token of the course page comes from. The page never keeps it: it is exchanged at once. */
import { LabError } from '../wire/problems.js'

/** Why a token is wanted: to begin, because the session ended or is about to, or because a person tries again. */
export type TokenReason = 'start' | 'expired' | 'retry'

export interface TokenRequest {
  readonly reason: TokenReason
  readonly signal: AbortSignal
}

/** Answers a signed token of the course page; a rejection signs the person out with a problem. */
export type TokenSource = (request: TokenRequest) => Promise<string>

/** The ways to a token that a page offers; the first one there is wins, in the order of this list. */
export interface TokenWays {
  readonly lab: string
  readonly course?: string
  /** The `tokenProvider` property. */
  readonly provider?: TokenSource
  /** The `token` property. */
  readonly property?: string
  /** The `token-url` attribute, resolved against the page. */
  readonly url?: string
  /** The `token` attribute. */
  readonly attribute?: string
  /** Fires `lab-token-request`; undefined when nobody answered it. */
  readonly request?: (request: TokenRequest) => Promise<string> | undefined
}

/** Longest token taken, characters (the server takes no longer one). */
const MAX_TOKEN = 16_384

/**
 * Looks at the ways afresh for each token, so that a page may set them late.
 * @throws LabError `auth/no-session` where the page offers none or its server knows no one, `auth/token-invalid` where
 * what it offers is no token, `server/unreachable` where the token's address does not answer
 */
export function tokenSource(ways: () => TokenWays, fetch: typeof globalThis.fetch): TokenSource {
  return async (request) => checked(await firstToken(ways(), request, fetch))
}

async function firstToken(ways: TokenWays, request: TokenRequest, fetch: typeof globalThis.fetch): Promise<unknown> {
  if (ways.provider) return ways.provider(request)
  if (ways.property) return ways.property
  if (ways.url) return tokenFrom(ways.url, ways, request, fetch)
  if (ways.attribute) return ways.attribute
  const answer = ways.request?.(request)
  if (answer === undefined) throw new LabError('auth/no-session', { message: 'the page offers no token' })
  return answer
}

async function tokenFrom(
  url: string,
  { lab, course }: TokenWays,
  { reason, signal }: TokenRequest,
  fetch: typeof globalThis.fetch,
): Promise<unknown> {
  const response = await reached(
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/plain' },
      body: JSON.stringify({ reason, lab, ...(course !== undefined && { course }) }),
      credentials: 'include',
      cache: 'no-store',
      signal,
    }),
    signal,
  )
  if (response.status === 401 || response.status === 403) throw new LabError('auth/no-session')
  if (response.status >= 500) throw new LabError('server/unreachable', { message: `token: HTTP ${response.status}` })
  if (!response.ok) throw new LabError('auth/token-invalid', { message: `token: HTTP ${response.status}` })
  return tokenIn(await reached(response.text(), signal))
}

async function reached<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    signal.throwIfAborted()
    throw new LabError('server/unreachable', { message: 'the token address does not answer', cause })
  }
}

/** `{"token": "…"}`, a JSON string, or the bare text. */
function tokenIn(body: string): unknown {
  const text = body.trim()
  if (!/^[{"]/.test(text)) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'token' in value ? value.token : value
  } catch {
    return undefined
  }
}

function checked(token: unknown): string {
  const text = typeof token === 'string' ? token.trim() : ''
  if (text === '' || text.length > MAX_TOKEN || /\s/.test(text)) {
    throw new LabError('auth/token-invalid', { message: 'what the page gave is no token' })
  }
  return text
}
