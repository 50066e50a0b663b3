/** Searching screen and scrollback; fetched when somebody first does. */
import { SearchAddon } from '@xterm/addon-search'
import type { Terminal } from '@xterm/xterm'

/** The colours of a match, readable on both sides: black on yellow, and on orange for the one that is meant. */
const DECORATIONS = {
  matchBackground: '#8a6d00',
  matchOverviewRuler: '#8a6d00',
  activeMatchBackground: '#b54708',
  activeMatchColorOverviewRuler: '#b54708',
}

export class Search {
  readonly #addon = new SearchAddon()
  #text = ''

  /** `found` hears which match of how many is shown, from 1; 0 of 0 where there is none. */
  constructor(terminal: Terminal, found: (index: number, count: number) => void) {
    terminal.loadAddon(this.#addon)
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => found(resultIndex + 1, resultCount))
  }

  /** A text that grows keeps its match; '' ends the search. */
  find(text: string, direction: 'next' | 'previous'): void {
    const incremental = text !== this.#text && text.startsWith(this.#text) && direction === 'next'
    this.#text = text
    if (text === '') {
      this.#addon.clearDecorations()
      return
    }
    const options = { incremental, decorations: DECORATIONS }
    if (direction === 'next') this.#addon.findNext(text, options)
    else this.#addon.findPrevious(text, options)
  }
}
