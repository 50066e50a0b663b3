import { createHash } from 'node:crypto'
import type { BaseLogger } from 'pino'
import { hostKeyOf } from './gateway/login.js'
import type { SshTarget } from './gateway/ports.js'
import { systemTimers } from './gateway/timers.js'
import type { StackSecrets } from './labs/ports.js'

/** A host that is up answers at once. */
const SCAN_TIMEOUT_MS = 5_000

/** What one stack put out: another stack, or the same one built anew, puts out something else. */
type Outputs = Readonly<Record<string, string>>
type Address = Pick<SshTarget, 'host' | 'port' | 'via'>

/**
 * The keys that lab hosts showed first, for hosts of which the template tells none: from then on it must be the same
 * one, for as long as the stack is the same.
 */
export class HostKeys {
  readonly #secrets: StackSecrets
  readonly #log: BaseLogger

  constructor(secrets: StackSecrets, log: BaseLogger) {
    this.#secrets = secrets
    this.#log = log
  }

  /** The key that was kept before, if any; asks no host. */
  async known(labId: string, terminal: string, address: Address, outputs: Outputs): Promise<string | undefined> {
    return await this.#secrets.find(labId, nameOf(terminal, address, outputs))
  }

  /** Undefined where the host does not answer this server; guacd may stand nearer to it. */
  async of(labId: string, terminal: string, address: Address, outputs: Outputs): Promise<string | undefined> {
    try {
      const { signal } = new AbortController()
      const scan = () => hostKeyOf(address, { timeout: SCAN_TIMEOUT_MS, timers: systemTimers, signal })
      return await this.#secrets.ensure(labId, nameOf(terminal, address, outputs), scan)
    } catch (error) {
      this.#log.warn({ lab: labId, terminal, err: error }, 'the identity of a host is not known')
      return undefined
    }
  }
}

function nameOf(terminal: string, { host, port }: Address, outputs: Outputs): string {
  const stack = createHash('sha256').update(JSON.stringify([{ host, port }, Object.entries(outputs).sort()]))
  return `host-key/${terminal}/${stack.digest('base64url').slice(0, 16)}`
}
