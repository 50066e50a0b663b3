/** HTTP to an OpenStack service: time-outs, bounded answers, retries. Knows nothing of tokens or what is asked. */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Clock } from '../../labs/clock.js'
import type { Gate } from './gate.js'
import { isCertificateTrouble, TransportError } from './transport-error.js'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /**
   * `always`: doing it twice is as good as once. `unsent`: only when it surely was not done, since the first one may
   * still be at work.
   */
  readonly retry: 'always' | 'unsent'
}

export interface HttpAnswer {
  readonly status: number
  header(name: string): string | undefined
  /** The body where it is JSON, undefined where it is empty or something else, such as a proxy's HTML. */
  readonly json: unknown
}

export interface HttpOptions {
  /** PEM. */
  readonly ca?: string
  /** Whether certificates are checked. */
  readonly verify: boolean
  readonly gate: Gate
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds for the first try; each further one is given as much more. */
  readonly timeout?: number
}

const TIMEOUT_MS = 10_000
const TRIES = 4
/** What is not sent twice is waited for as long as this many tries. */
const PATIENCE = 3
const FIRST_PAUSE_MS = 400
const LONGEST_PAUSE_MS = 20_000
const LONGEST_ANSWER = 32 * 1024 * 1024
/** Overloaded, restarting, or a proxy whose server is gone. */
const PASSING = new Set([429, 502, 503, 504])

export class HttpClient {
  readonly #options: HttpOptions
  readonly #tls: { readonly rejectUnauthorized: boolean; readonly ca?: string }
  readonly #agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  readonly #ended = new AbortController()

  constructor(options: HttpOptions) {
    this.#options = options
    const { ca, verify } = options
    this.#tls = { rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) }
  }

  /** Any answer, whatever its status; redirects are not followed. Throws `TransportError`. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    for (let tried = 1; ; tried += 1) {
      const outcome = await this.#try(request, tried)
      const pause = tried < TRIES ? this.#pauseAfter(outcome, request, tried) : undefined
      if (pause === undefined) {
        if (outcome instanceof TransportError) throw outcome
        return outcome
      }
      await this.#options.clock.sleep(pause)
    }
  }

  /** Ends what is under way; nothing can be sent any more. */
  close(): void {
    this.#ended.abort()
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  async #try(request: HttpRequest, tried: number): Promise<HttpAnswer | TransportError> {
    try {
      return await this.#options.gate.run(() => this.#once(request, tried))
    } catch (error) {
      if (error instanceof TransportError) return error
      throw error
    }
  }

  /** Milliseconds to wait before the next try; undefined = there is none. */
  #pauseAfter(outcome: HttpAnswer | TransportError, { retry }: HttpRequest, tried: number): number | undefined {
    if (this.#ended.signal.aborted) return undefined
    const backoff = this.#options.random() * FIRST_PAUSE_MS * 2 ** tried
    if (outcome instanceof TransportError) {
      const again = outcome.kind === 'unsent' || (outcome.kind === 'broken' && retry === 'always')
      return again ? backoff : undefined
    }
    if (!PASSING.has(outcome.status) || (retry === 'unsent' && outcome.status !== 429)) return undefined
    const asked = retryAfter(outcome.header('retry-after'))
    if (asked === undefined) return backoff
    return asked <= LONGEST_PAUSE_MS ? asked + backoff : undefined
  }

  #once(request: HttpRequest, tried: number): Promise<HttpAnswer> {
    const url = new URL(request.url)
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const patience = request.retry === 'unsent' ? PATIENCE : tried
    const timeout = AbortSignal.timeout((this.#options.timeout ?? TIMEOUT_MS) * patience)
    return new Promise((resolve, reject) => {
      let sent = false
      const fail = (error: Error): void => reject(this.#failure(error, url.host, { sent, timedOut: timeout.aborted }))
      const call = this.#open(url, request, body, AbortSignal.any([timeout, this.#ended.signal]))
      call.on('response', (message) => {
        readAnswer(message).then(resolve, fail)
      })
      call.on('error', fail)
      call.on('socket', (socket) => {
        if (!socket.connecting) sent = true
        // From then on the other side may have heard it.
        else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (sent = true))
      })
      call.end(body)
    })
  }

  #open(url: URL, { method, headers, retry }: HttpRequest, body: string | undefined, signal: AbortSignal) {
    const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body ?? '') }
    const options = {
      ...{ method, signal },
      headers: { accept: 'application/json', ...headers, ...(body === undefined ? {} : type) },
    }
    // A kept connection may have been closed at the other end; what cannot be sent twice takes one of its own.
    const fresh = retry === 'unsent'
    return url.protocol === 'https:'
      ? requestHttps(url, { ...options, ...this.#tls, agent: fresh ? false : this.#agents.https })
      : requestHttp(url, { ...options, agent: fresh ? false : this.#agents.http })
  }

  #failure(error: Error, host: string, { sent, timedOut }: { sent: boolean; timedOut: boolean }): TransportError {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    if (this.#ended.signal.aborted) return new TransportError('ended', host, 'the backend is stopping')
    if (isCertificateTrouble(code)) return new TransportError('untrusted', host, `${code}: ${error.message}`)
    if (timedOut) return new TransportError(sent ? 'broken' : 'unsent', host, 'no answer in time')
    return new TransportError(sent ? 'broken' : 'unsent', host, code)
  }
}

async function readAnswer(message: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > LONGEST_ANSWER) {
      message.destroy()
      throw Object.assign(new Error('the answer is too long'), { code: 'ANSWER_TOO_LONG' })
    }
    chunks.push(chunk)
  }
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name]
      return typeof value === 'string' ? value : undefined
    },
    json: parseJson(Buffer.concat(chunks).toString('utf8')),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Milliseconds: seconds or a date (RFC 9110 section 10.2.3). */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
