/** Calls to a platform: bounded in time and size, no redirects, and only what was asked for comes back. */
import { parseSecureUrl } from '../../config/addresses.js'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 256 * 1024
/** Canvas refuses calls without one. */
const USER_AGENT = 'lab-terminal'

/** The platform answered, but not as hoped. Its words are not repeated: they may hold what was sent. */
export class PlatformRefused extends Error {
  override readonly name = 'PlatformRefused'
  readonly status: number

  constructor(what: string, status: number) {
    super(`${what}: the platform answered ${status}`)
    this.status = status
  }
}

export interface PlatformCall {
  readonly what: string
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The JSON it answers. @throws as `callPlatform`, and SyntaxError where it is none. */
export async function askPlatform(fetcher: typeof fetch, call: PlatformCall): Promise<unknown> {
  return JSON.parse(await callPlatform(fetcher, call))
}

/** The text it answers. @throws PlatformRefused, or the error of the network. */
export async function callPlatform(fetcher: typeof fetch, call: PlatformCall): Promise<string> {
  if (parseSecureUrl(call.url) === undefined) throw new TypeError(`${call.what}: the address is not https`)
  const response = await fetcher(call.url, {
    method: call.method ?? 'GET',
    headers: { accept: 'application/json', 'user-agent': USER_AGENT, ...call.headers },
    ...(call.body !== undefined && { body: call.body }),
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new PlatformRefused(call.what, response.status)
  }
  return boundedText(response)
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new Error('the answer of the platform is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
