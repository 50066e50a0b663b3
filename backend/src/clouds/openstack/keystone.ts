import { Value } from 'typebox/value'
import type { Clock } from '../../labs/clock.js'
import { type Account, AccountError, type Credentials } from './account.js'
import { type Catalog, TokenAnswer } from './answers.js'
import { ApiError } from './api-error.js'
import type { HttpClient } from './http.js'

/** The longest time before its end (ms) at which a token is renewed; a short-lived one is in its last quarter. */
const AHEAD_MS = 5 * 60_000

export type ServiceType = 'orchestration' | 'compute'

export interface Session {
  readonly token: string
  readonly catalog: Catalog
  /** On the clock of this process, which need not agree with Keystone's. */
  readonly renewAt: number
  readonly endsAt: number
}

/** Logs in with Keystone v3 and keeps the token until shortly before it ends. */
export class Keystone {
  readonly #account: Account
  readonly #http: HttpClient
  readonly #clock: Clock
  #session: Session | undefined
  #login: Promise<Session> | undefined

  constructor(account: Account, http: HttpClient, clock: Clock) {
    this.#account = account
    this.#http = http
    this.#clock = clock
  }

  /** Throws `ApiError` or `TransportError`. */
  async session(): Promise<Session> {
    const now = this.#clock.now()
    const kept = this.#session
    if (kept !== undefined && now < kept.renewAt) return kept
    try {
      return await this.#renewed()
    } catch (error) {
      // It was renewed ahead: while it is good it serves, and the next call tries again.
      if (kept !== undefined && kept === this.#session && this.#clock.now() < kept.endsAt) return kept
      throw error
    }
  }

  /** A service did not take its token. */
  drop(session: Session): void {
    if (this.#session === session) this.#session = undefined
  }

  /** No trailing slash. Throws `AccountError` where the catalogue has none. */
  endpoint(service: ServiceType, { catalog }: Session): string {
    const written = this.#account.endpoints[service]
    if (written !== undefined) return withoutSlash(written)
    const { region, interface: kind } = this.#account
    const all = catalog.filter(({ type }) => type === service).flatMap(({ endpoints }) => endpoints)
    const ours = all.filter((one) => region === undefined || one.region_id === region || one.region === region)
    const found = ours.find((one) => one.interface === kind)
    if (found !== undefined) return withoutSlash(found.url)
    const regions = [...new Set(all.map((one) => one.region_id ?? one.region))].join(', ')
    const where = `${region === undefined ? '' : ` in region ${region}`} with interface ${kind}`
    throw new AccountError(`the catalogue has no ${service} service${where}${regions && `; regions: ${regions}`}`)
  }

  #renewed(): Promise<Session> {
    this.#login ??= this.#logIn().finally(() => {
      this.#login = undefined
    })
    return this.#login
  }

  async #logIn(): Promise<Session> {
    const asked = this.#clock.now()
    const answer = await this.#http.send({
      method: 'POST',
      url: `${this.#account.authUrl}/auth/tokens`,
      body: { auth: authOf(this.#account.credentials) },
      retry: 'always',
    })
    const token = answer.header('x-subject-token')
    if (answer.status !== 201 || token === undefined || !Value.Check(TokenAnswer, answer.json)) {
      throw new ApiError('Keystone', answer, 'a token')
    }
    const { issued_at, expires_at, catalog = [] } = answer.json.token
    const life = Math.max(0, Date.parse(expires_at) - Date.parse(issued_at)) || 0
    const session = {
      ...{ token, catalog },
      renewAt: asked + Math.max(life * 0.75, life - AHEAD_MS),
      endsAt: asked + life,
    }
    this.#session = session
    return session
  }
}

function authOf(credentials: Credentials): unknown {
  switch (credentials.method) {
    case 'password': {
      const { user, password, project } = credentials
      return { identity: { methods: ['password'], password: { user: { ...user, password } } }, scope: { project } }
    }
    case 'application_credential': {
      const { credential, secret } = credentials
      return { identity: { methods: ['application_credential'], application_credential: { ...credential, secret } } }
    }
    default:
      return credentials satisfies never
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
