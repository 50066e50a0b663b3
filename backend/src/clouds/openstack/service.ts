import { ApiError } from './api-error.js'
import type { HttpAnswer, HttpClient, HttpRequest } from './http.js'
import type { Keystone, ServiceType, Session } from './keystone.js'

export interface Call extends Pick<HttpRequest, 'method' | 'body' | 'retry'> {
  /** After the endpoint, with a leading slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls to one service of a cloud with a good token. */
export class Service {
  readonly #name: string
  readonly #type: ServiceType
  readonly #keystone: Keystone
  readonly #http: HttpClient

  /** `name` is what people call it: Heat, Nova. */
  constructor(name: string, type: ServiceType, keystone: Keystone, http: HttpClient) {
    this.#name = name
    this.#type = type
    this.#keystone = keystone
    this.#http = http
  }

  /** Any answer but 401: then the token is renewed once, and a second 401 is an error. */
  async send(call: Call): Promise<HttpAnswer> {
    const session = await this.#keystone.session()
    const answer = await this.#sendAs(session, call)
    if (answer.status !== 401) return answer
    this.#keystone.drop(session)
    const again = await this.#sendAs(await this.#keystone.session(), call)
    if (again.status === 401) throw this.unexpected(again)
    return again
  }

  unexpected(answer: HttpAnswer, expected?: string): ApiError {
    return new ApiError(this.#name, answer, expected)
  }

  #sendAs(session: Session, { path, headers, ...call }: Call): Promise<HttpAnswer> {
    return this.#http.send({
      ...call,
      url: `${this.#keystone.endpoint(this.#type, session)}${path}`,
      headers: { ...headers, 'x-auth-token': session.token },
    })
  }
}
