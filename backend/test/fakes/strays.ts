import type { Strays } from '../../src/labs/ports.js'

/** What the sweep remembers, in memory. */
export class FakeStrays implements Strays {
  readonly #claims = new Map<string, number>()
  readonly #seen = new Map<string, Map<string, Date>>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  async claim(cloud: string, every: number): Promise<boolean> {
    const now = this.#now().getTime()
    if (now - (this.#claims.get(cloud) ?? Number.NEGATIVE_INFINITY) < every) return false
    this.#claims.set(cloud, now)
    return true
  }
  async note(cloud: string, stacks: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const before = this.#seen.get(cloud)
    const seen = new Map(stacks.map((stack) => [stack, before?.get(stack) ?? this.#now()]))
    this.#seen.set(cloud, seen)
    return seen
  }
  async count(): Promise<ReadonlyMap<string, number>> {
    return new Map([...this.#seen].map(([cloud, { size }]) => [cloud, size]))
  }
}
