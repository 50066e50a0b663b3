/**
 * The outside of an Open edX, as its source has it: a token in two cookies (RS512, no `kid`), `login_refresh`, the
 * enrolment and roles of the one who asks. Also serves units, for browsers.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK, jwtVerify, SignJWT } from 'jose'
import type { OpenedxTrust } from '../../src/config/config.js'

export interface OpenedxUser {
  readonly id: number
  readonly username: string
  readonly administrator?: boolean
}

export interface Enrolment {
  readonly mode: string
  readonly is_active: boolean
}

const COOKIES = { payload: 'edx-jwt-cookie-header-payload', signature: 'edx-jwt-cookie-signature' } as const

export class FakeOpenedx {
  /** By `username,course`. */
  readonly enrolments = new Map<string, Enrolment>()
  /** Course roles by user name. */
  readonly roles = new Map<string, { org: string; course_id: string; role: string }[]>()
  /** Every question that came, without what was in its head. */
  readonly asked: string[] = []
  /** Answers instead of the usual ones, while set. */
  fault: { status: number; body: string } | 'hang' | undefined
  /** The one whose session cookie a browser has; `login_refresh` renews the tokens of nobody else. */
  signedIn: OpenedxUser | undefined
  /** Everybody who has an account, by number. */
  readonly users = new Map<number, OpenedxUser>()
  /** HTML of a unit, by path. */
  readonly pages = new Map<string, string>()
  /** More headers of every page. */
  pageHeaders: Record<string, string> = {}
  /** Serves `/oauth2/…`, where a test needs it. */
  oauth: RequestListener | undefined
  /** The tokens that were refreshed. */
  refreshed = 0
  readonly jwks: JSONWebKeySet
  /** The key that signs, for a server of tokens beside it. */
  readonly secretJwk: JWK
  readonly #secret: CryptoKey
  readonly #open: CryptoKey
  readonly #server: Server
  readonly #now: () => Date
  #host = 'localhost'
  #port = 0

  private constructor(
    keys: { privateKey: CryptoKey; publicKey: CryptoKey },
    jwks: JSONWebKeySet,
    secretJwk: JWK,
    now: () => Date,
  ) {
    this.#secret = keys.privateKey
    this.#open = keys.publicKey
    this.jwks = jwks
    this.secretJwk = secretJwk
    this.#now = now
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  static async start(options: { host?: string; now?: () => Date } = {}): Promise<FakeOpenedx> {
    // An operator's set holds keys of the past as well, and none has a `kid`.
    const [old, current] = await Promise.all([rsaKey(), rsaKey()])
    const jwks = { keys: [await exportJWK(old.publicKey), await exportJWK(current.publicKey)] }
    const lms = new FakeOpenedx(current, jwks, await exportJWK(current.privateKey), options.now ?? (() => new Date()))
    lms.#server.listen(0, '127.0.0.1')
    await once(lms.#server, 'listening')
    const address = lms.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    lms.#host = options.host ?? '127.0.0.1'
    lms.#port = address.port
    return lms
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`
  }

  get issuer(): string {
    return `${this.url}/oauth2`
  }

  /** The entry of `trust` for it. */
  trust(change: Partial<OpenedxTrust> = {}): OpenedxTrust {
    return {
      type: 'openedx',
      lms: this.url,
      issuer: this.issuer,
      audience: 'openedx',
      keys: { jwks: this.jwks },
      enrolment: 'required',
      recheck: 300_000,
      cookies: COOKIES,
      origins: [this.url],
      ...change,
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** As `create_jwt_for_user` does; `change` makes others. */
  claims(user: OpenedxUser, change: Record<string, unknown> = {}): Record<string, unknown> {
    const seconds = Math.floor(this.#now().getTime() / 1000)
    return {
      aud: 'openedx',
      exp: seconds + 3600,
      iat: seconds,
      iss: this.issuer,
      preferred_username: user.username,
      scopes: ['user_id', 'email', 'profile'],
      version: '1.2.0',
      sub: `anonymous-${user.id}`,
      filters: ['user:me'],
      is_restricted: false,
      email_verified: true,
      grant_type: 'password',
      user_id: user.id,
      email: `${user.username}@example.org`,
      name: `${user.username} Example`,
      family_name: 'Example',
      given_name: user.username,
      administrator: user.administrator ?? false,
      superuser: false,
      ...change,
    }
  }

  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}, key = this.#secret): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS512', typ: 'JWT', ...header }).sign(key)
  }

  async token(user: OpenedxUser, change: Record<string, unknown> = {}): Promise<string> {
    return this.sign(this.claims(user, change))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    if (url.pathname.startsWith('/oauth2/') && this.oauth) {
      await this.oauth(request, response)
      return
    }
    const page = this.pages.get(url.pathname)
    if (page !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...this.pageHeaders }).end(page)
      return
    }
    if (request.method === 'POST' && url.pathname === '/login_refresh') return this.#refresh(response)
    if (url.pathname.startsWith('/api/')) return this.#api(request, url, response)
    response.writeHead(404).end()
  }

  async #refresh(response: ServerResponse): Promise<void> {
    if (this.signedIn === undefined) {
      send(response, 401, '"Unauthorized"')
      return
    }
    this.refreshed += 1
    const domain = `Domain=${this.#host}; Path=/`
    const set = splitToken(await this.token(this.signedIn))
    response.setHeader('set-cookie', [
      `${COOKIES.payload}=${set.payload}; ${domain}`,
      `${COOKIES.signature}=${set.signature}; ${domain}; HttpOnly`,
    ])
    send(response, 200, { success: true, user_id: this.signedIn.id })
  }

  async #api(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    this.asked.push(url.pathname + url.search)
    if (this.fault === 'hang') return
    if (this.fault !== undefined) {
      response.writeHead(this.fault.status, { 'content-type': 'application/json' }).end(this.fault.body)
      return
    }
    const user = await this.#userOf(request.headers.authorization)
    if (user === undefined) return send(response, 401, { detail: 'Authentication credentials were not provided.' })
    const enrolment = /^\/api\/enrollment\/v1\/enrollment\/([^/,]+),(.+)$/.exec(url.pathname)
    if (enrolment) {
      const [username, course] = [enrolment[1], enrolment[2]].map((part) => decodeURIComponent(part ?? ''))
      if (username !== user) return send(response, 404, {})
      const found = this.enrolments.get(`${username},${course}`)
      return send(response, 200, found ? { ...found, user, course_details: { course_id: course } } : null)
    }
    if (url.pathname === '/api/enrollment/v1/roles/') {
      const course = url.searchParams.get('course_id')
      const roles = (this.roles.get(user) ?? []).filter((role) => role.course_id === course)
      return send(response, 200, { roles, is_staff: false })
    }
    send(response, 404, {})
  }

  async #userOf(authorization: string | undefined): Promise<string | undefined> {
    const token = /^JWT (.+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined) return undefined
    try {
      const currentDate = this.#now()
      const { payload } = await jwtVerify(token, this.#open, { issuer: this.issuer, currentDate })
      return String(payload['preferred_username'])
    } catch {
      return undefined
    }
  }
}

export function rsaKey() {
  return generateKeyPair('RS512', { extractable: true })
}

/** As the LMS sets them: what scripts may read, and what they may not. */
export function splitToken(token: string): { payload: string; signature: string } {
  const at = token.lastIndexOf('.')
  return { payload: token.slice(0, at), signature: token.slice(at + 1) }
}

export function cookieHeader(token: string): string {
  const { payload, signature } = splitToken(token)
  return `csrftoken=abc; ${COOKIES.payload}=${payload}; sessionid="1|x"; ${COOKIES.signature}=${signature}`
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
