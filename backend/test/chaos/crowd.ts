/** Learners who ask whichever replica is alive. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createIssuer, type Issuer } from '../../src/auth/issuer.js'
import type { Backends } from './backends.js'

export const ISSUER = 'https://lms.example.org'
const CALL_LIMIT_MS = 5_000

export class Crowd {
  readonly #issuer: Issuer
  readonly #lab: string
  /** By the database they are good on every replica. */
  readonly #sessions = new Map<string, string>()
  #backends: Backends | undefined

  private constructor(issuer: Issuer, lab: string) {
    this.#issuer = issuer
    this.#lab = lab
  }

  static async of(lab: string): Promise<Crowd> {
    return new Crowd(await createIssuer({ issuer: ISSUER, audience: 'labs' }), lab)
  }

  /** For the configuration's `jwks`. */
  get keys(): string {
    return JSON.stringify(this.#issuer.jwks)
  }

  meet(backends: Backends): void {
    this.#backends = backends
  }

  /** Asks one replica after the other until one does it; answers the phase. */
  async ask(subject: string, action: 'start' | 'touch' | 'suspend' | 'status'): Promise<string> {
    const backends = this.#backends
    if (backends === undefined) throw new Error('no backends yet')
    for (let turn = Math.floor(Math.random() * backends.count); ; turn++) {
      try {
        return await this.#askOne(backends.url(turn), subject, action)
      } catch {
        // Killed, or busy: another one.
      }
      await sleep(200 + Math.random() * 300)
    }
  }

  async #askOne(url: string, subject: string, action: string): Promise<string> {
    const signal = AbortSignal.timeout(CALL_LIMIT_MS)
    const session = this.#sessions.get(subject) ?? (await this.#signIn(url, subject, signal))
    const status = action === 'status'
    const response = await fetch(`${url}/v1/labs/${this.#lab}${status ? '' : `/${action}`}`, {
      ...{ method: status ? 'GET' : 'POST', signal },
      headers: { origin: ISSUER, authorization: `Bearer ${session}` },
    })
    const answer: unknown = await response.json()
    if (response.ok && typeof answer === 'object' && answer !== null && 'phase' in answer) return String(answer.phase)
    this.#sessions.delete(subject)
    throw new Error(`${response.status}`)
  }

  async #signIn(url: string, subject: string, signal: AbortSignal): Promise<string> {
    const body = JSON.stringify({ grant: 'jwt', token: await this.#issuer.mint({ sub: subject }) })
    const headers = { origin: ISSUER, 'content-type': 'application/json' }
    const answer: unknown = await (await fetch(`${url}/v1/sessions`, { method: 'POST', headers, body, signal })).json()
    if (typeof answer !== 'object' || answer === null || !('session' in answer)) throw new Error('not signed in')
    const session = String(answer.session)
    this.#sessions.set(subject, session)
    return session
  }
}
