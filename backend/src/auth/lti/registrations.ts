import type { Trust } from '../../config/config.js'
import type { LtiStore, Registration } from './ports.js'

/** The registrations of this tool: those of the configuration, and those that platforms made themselves. */
export class Registrations {
  readonly #trust: readonly Trust[]
  readonly #store: Pick<LtiStore, 'registrations'>

  constructor(trust: readonly Trust[], store: Pick<LtiStore, 'registrations'>) {
    this.#trust = trust
    this.#store = store
  }

  /** By issuer and client id. Without a client id only where the issuer has one registration: it decides whose keys count. */
  async find(issuer: string, clientId: string | undefined): Promise<Registration | undefined> {
    const all = await this.#of(issuer)
    if (clientId === undefined) return all.length === 1 ? all[0] : undefined
    return all.find((registration) => registration.clientId === clientId)
  }

  async #of(issuer: string): Promise<readonly Registration[]> {
    const entries = this.#trust.filter((entry) => entry.type === 'lti' && entry.issuer === issuer)
    const written: Registration[] = []
    for (const trust of entries) {
      if (trust.type === 'lti' && 'client' in trust) written.push({ issuer, trust, ...trust.client })
    }
    const open = entries.find((entry) => entry.type === 'lti' && 'registrationKey' in entry)
    if (open?.type !== 'lti') return written
    const known = new Set(written.map(({ clientId }) => clientId))
    const stored = (await this.#store.registrations(issuer)).filter(({ clientId }) => !known.has(clientId))
    return [...written, ...stored.map((registration) => ({ ...registration, trust: open }))]
  }
}
