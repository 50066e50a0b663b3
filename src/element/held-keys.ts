const MODIFIERS: ReadonlySet<string> = new Set(['Control', 'Alt'])

/** The keys beside the screen: modifiers wait for the next key, since a finger cannot hold two. */
export class HeldKeys {
  #held: readonly string[] = []

  get held(): readonly string[] {
    return this.#held
  }

  release(): void {
    this.#held = []
  }

  /** The keys to press now, by their names; none where a modifier was held or let go. */
  press(name: string): readonly string[] {
    if (MODIFIERS.has(name)) {
      const others = this.#held.filter((key) => key !== name)
      this.#held = others.length < this.#held.length ? others : [...others, name]
      return []
    }
    const keys = [...this.#held, name]
    this.#held = []
    return keys
  }
}
