import { request } from 'node:http'
import type { LabStatus, Ticket } from '../../../src/wire/schema.js'
import type { TestBackend } from './backend.js'
import { until } from './until.js'

/** A learner without a browser: signs in by the demo's door and speaks HTTP as the element does. */
export class Learner {
  readonly #backend: TestBackend
  #cookie = ''
  #session = ''

  constructor(backend: TestBackend) {
    this.#backend = backend
  }

  get bearer(): string {
    return this.#session
  }

  async signIn(): Promise<this> {
    const answer = await this.token()
    const response = await fetch(`${this.#backend.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#backend.url },
      body: JSON.stringify({ grant: 'jwt', token: answer }),
    })
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
    const { session }: { session: string } = await response.json()
    this.#session = session
    return this
  }

  async token(): Promise<string> {
    const response = await fetch(`${this.#backend.url}/demo/token`, {
      method: 'POST',
      headers: {
        origin: this.#backend.url,
        'sec-fetch-site': 'same-origin',
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
      },
    })
    if (!response.ok) throw new Error(`token: ${response.status} ${await response.text()}`)
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    const { token }: { token: string } = await response.json()
    return token
  }

  async call(method: 'GET' | 'POST', path: string): Promise<Response> {
    return fetch(`${this.#backend.url}${path}`, {
      method,
      headers: { origin: this.#backend.url, authorization: `Bearer ${this.#session}` },
    })
  }

  async lab(action?: 'start' | 'suspend' | 'reset' | 'touch', lab = 'first-steps'): Promise<LabStatus> {
    const response = await this.call(action ? 'POST' : 'GET', `/v1/labs/${lab}${action ? `/${action}` : ''}`)
    if (!response.ok) throw new Error(`${action ?? 'status'}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async ticket(terminal = 'shell', lab = 'first-steps'): Promise<Ticket> {
    const response = await this.call('POST', `/v1/labs/${lab}/terminals/${terminal}/tickets`)
    if (!response.ok) throw new Error(`ticket: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async reaches(phase: LabStatus['phase'], seconds = 60): Promise<LabStatus> {
    return until(
      async () => {
        const status = await this.lab()
        return status.phase === phase && status
      },
      { seconds, what: `phase ${phase}` },
    )
  }
}

/** A GET with any Host header, which fetch does not allow. */
export function getAs(
  host: string,
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host, ...headers } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
      .on('error', reject)
      .end()
  })
}
