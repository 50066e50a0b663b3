/** What a terminal gets once its first characters are painted: they wait for nothing of it. */
import { WebLinksAddon } from '@xterm/addon-web-links'
import type { Terminal } from '@xterm/xterm'
import type { AnnouncerTimers } from './announcer.js'
import { Finder } from './finder.js'
import { type LabClipboardOptions, takeClipboard } from './lab-clipboard.js'
import type { LinkHandlers } from './links.js'
import { Painter, type PainterPorts } from './painter.js'
import { Speech } from './speech.js'
import { keySequence, withControl } from './touch-keys.js'

export interface ExtrasOptions {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly links: LinkHandlers
  readonly ports: PainterPorts & AnnouncerTimers
  readonly signal: AbortSignal
  readonly clipboard: LabClipboardOptions
  /** Hears which match of how many is shown, from 1; 0 of 0 where there is none. */
  readonly found: (index: number, count: number) => void
}

export class Extras {
  readonly keySequence = keySequence
  readonly withControl = withControl
  readonly #finder: Finder
  readonly #speech: Speech

  constructor({ terminal, host, links, ports, signal, clipboard, found }: ExtrasOptions) {
    terminal.loadAddon(new WebLinksAddon(links.activate, links))
    takeClipboard(terminal, clipboard)
    this.#finder = new Finder(terminal, signal, found)
    this.#speech = new Speech(host, ports)
    const painter = new Painter(terminal, host, ports)
    signal.addEventListener('abort', () => {
      painter.dispose()
      this.#speech.dispose()
    })
  }

  find(text: string, direction: 'next' | 'previous'): void {
    this.#finder.find(text, direction)
  }

  /** Speaks to a screen reader, or no longer. */
  speak(wanted: boolean): void {
    this.#speech.follow(wanted)
  }
}
