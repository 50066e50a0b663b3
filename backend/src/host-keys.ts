import { createHash } from 'node:crypto'
import type { BaseLogger } from 'pino'
import { scanHostKey } from './gateway/host-key.js'
import type { StackSecrets } from './labs/ports.js'

/** A host that is up answers at once. */
const SCAN_TIMEOUT_MS = 5_000

/** What one stack put out: another stack, or the same one built anew, puts out something else. */
type Outputs = Readonly<Record<string, string>>

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

  /** Undefined where the host does not answer this server; guacd may stand nearer to it. */
  async of(
    labId: string,
    terminal: string,
    address: { readonly host: string; readonly port: number },
    outputs: Outputs,
  ): Promise<string | undefined> {
    const stack = createHash('sha256').update(JSON.stringify([address, Object.entries(outputs).sort()]))
    const name = `host-key/${terminal}/${stack.digest('base64url').slice(0, 16)}`
    try {
      return await this.#secrets.ensure(labId, name, () => scanHostKey(address, SCAN_TIMEOUT_MS))
    } catch (error) {
      this.#log.warn({ lab: labId, terminal, err: error }, 'the identity of a host is not known')
      return undefined
    }
  }
}
