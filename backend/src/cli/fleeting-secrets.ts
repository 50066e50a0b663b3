import type { LabId } from '../labs/lab.js'
import type { StackSecrets } from '../labs/ports.js'

/** Secrets of stacks that do not outlive the command. */
export class FleetingSecrets implements StackSecrets {
  readonly #kept = new Map<string, Promise<string>>()

  ensure(id: LabId, name: string, make: () => string | Promise<string>): Promise<string> {
    const key = JSON.stringify([id, name])
    const kept = this.#kept.get(key) ?? Promise.resolve().then(make)
    this.#kept.set(key, kept)
    return kept
  }

  async find(id: LabId, name: string): Promise<string | undefined> {
    return await this.#kept.get(JSON.stringify([id, name]))
  }

  async forget(id: LabId): Promise<void> {
    for (const key of this.#kept.keys()) if (key.startsWith(JSON.stringify([id]).slice(0, -1))) this.#kept.delete(key)
  }
}
