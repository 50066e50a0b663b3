import type { LabId } from '../labs/lab.js'
import type { StackSecrets } from '../labs/ports.js'

/** Secrets of stacks that live no longer than a command. */
export class TransientSecrets implements StackSecrets {
  readonly #kept = new Map<LabId, Map<string, string>>()

  async ensure(id: LabId, name: string, make: () => string | Promise<string>): Promise<string> {
    const kept = this.#kept.get(id) ?? new Map<string, string>()
    this.#kept.set(id, kept)
    const value = kept.get(name) ?? (await make())
    kept.set(name, value)
    return value
  }

  async find(id: LabId, name: string): Promise<string | undefined> {
    return this.#kept.get(id)?.get(name)
  }

  async forget(id: LabId): Promise<void> {
    this.#kept.delete(id)
  }
}
