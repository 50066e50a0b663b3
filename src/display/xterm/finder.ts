import type { Terminal } from '@xterm/xterm'
import type { Search } from './search.js'

/** Searches once the code for it is there; what was asked for meanwhile is done in its order. */
export class Finder {
  readonly #terminal: Terminal
  readonly #signal: AbortSignal
  readonly #found: (index: number, count: number) => void
  #search: Promise<Search> | undefined

  constructor(terminal: Terminal, signal: AbortSignal, found: (index: number, count: number) => void) {
    this.#terminal = terminal
    this.#signal = signal
    this.#found = found
  }

  find(text: string, direction: 'next' | 'previous'): void {
    this.#search ??= import('./search.js').then((module) => new module.Search(this.#terminal, this.#found))
    this.#search.then(
      (search) => this.#signal.aborted || search.find(text, direction),
      // Not fetched: nothing is found, and the next try asks again.
      () => {
        this.#search = undefined
        this.#found(0, 0)
      },
    )
  }
}
