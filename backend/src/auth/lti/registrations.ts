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
    const written: Registration[] = []
    const stored: Registration[] = []
    for (const trust of this.#trust) {
      if (trust.type !== 'lti' || trust.issuer !== issuer) continue
      if ('client' in trust) {
        written.push({ issuer, trust, ...trust.client })
        continue
      }
      for (const one of await this.#store.registrations(issuer)) {
        stored.push({ ...one, trust, deploymentIds: [...one.deploymentIds, ...trust.deploymentIds] })
      }
    }
    const known = new Set(written.map(({ clientId }) => clientId))
    return [...written, ...stored.filter(({ clientId }) => !known.has(clientId))]
  }
}
