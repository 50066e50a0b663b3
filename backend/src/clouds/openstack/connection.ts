import type { Clock } from '../../labs/clock.js'
import type { FoundAccount } from './clouds-yaml.js'
import type { Gate } from './gate.js'
import { Heat } from './heat.js'
import { HttpClient } from './http.js'
import { Keystone } from './keystone.js'
import { Nova } from './nova.js'
import { Service } from './service.js'

export interface ConnectionOptions {
  readonly gate: Gate
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds for the first try of a call. */
  readonly timeout?: number
}

/** The services of a cloud as one account sees them. */
export class Connection {
  readonly heat: Heat
  readonly nova: Nova
  readonly #http: HttpClient

  constructor({ account, ca }: FoundAccount, options: ConnectionOptions) {
    const { verify } = account
    this.#http = new HttpClient({ ...options, verify, ...(ca === undefined ? {} : { ca }) })
    const keystone = new Keystone(account, this.#http, options.clock)
    this.heat = new Heat(new Service('Heat', 'orchestration', keystone, this.#http))
    this.nova = new Nova(new Service('Nova', 'compute', keystone, this.#http), options.clock)
  }

  close(): void {
    this.#http.close()
  }
}
