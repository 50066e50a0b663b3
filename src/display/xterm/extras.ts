/** What a terminal gets once its first characters are painted: they wait for nothing of it. */
import { WebLinksAddon } from '@xterm/addon-web-links'
import type { Terminal } from '@xterm/xterm'
import type { Folders } from '../../wire/folders.js'
import { copyText } from './copy.js'
import type { LocalEcho } from './echo/local-echo.js'
import { Finder } from './finder.js'
import { takeClipboard } from './lab-clipboard.js'
import { linkHandlers, webTarget } from './links.js'
import { type Output, pace } from './pace.js'
import { Painter } from './painter.js'
import type { Paths } from './paths.js'
import type { XtermPorts } from './ports.js'
import { Speech } from './speech.js'
import { keySequence, withModifiers } from './touch-keys.js'

export interface ExtrasOptions {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly ports: XtermPorts
  readonly signal: AbortSignal
  /** The output, for the pace of its frames. */
  readonly flow: Output
  /** Runs what makes xterm draw by DOM. */
  readonly withStyles: (run: () => void) => void
  /** The cells may have another size. */
  readonly refit: () => void
  /** Whether a program may put text on the person's clipboard now. */
  readonly isAllowed: () => boolean
  /** Whether images in the output are shown. */
  readonly images: boolean
  /** Files may come down: where the shell was, and what hears which one the person wants. */
  readonly download: { readonly folders: Folders; readonly want: (path: string) => void } | undefined
  /** Hears which match of how many is shown, from 1; 0 of 0 where there is none. */
  readonly found: (index: number, count: number) => void
}

export class Extras {
  readonly keySequence = keySequence
  readonly withModifiers = withModifiers
  readonly #options: ExtrasOptions
  readonly #finder: Finder
  readonly #speech: Speech
  #echo: LocalEcho | undefined
  #paths: Paths | undefined
  #echoWanted = false

  constructor(options: ExtrasOptions) {
    const { terminal, host, ports, signal, isAllowed, flow, images, download, found } = options
    this.#options = options
    pace(terminal, flow)
    const web = (text: string) => webTarget(text, ports.openPage)
    const links = linkHandlers(host, ports.platform, web)
    terminal.options.linkHandler = links
    terminal.loadAddon(new WebLinksAddon(links.activate, links))
    takeClipboard(terminal, { isAllowed, copy: (text) => this.copy(text) })
    // Not fetched: an image is passed over, as it is where they are off.
    if (images)
      import('./images.js').then(
        (module) => signal.aborted || module.showImages(terminal),
        () => undefined,
      )
    // Not fetched: a path is plain text, and typed into the menu's dialog.
    if (download)
      import('./paths.js').then(
        (module) => {
          if (!signal.aborted) this.#paths = new module.Paths({ terminal, host, ports, ...download, web })
        },
        () => undefined,
      )
    this.#finder = new Finder(terminal, signal, found)
    this.#speech = new Speech(host, ports)
    const painter = new Painter(options)
    signal.addEventListener('abort', () => {
      painter.dispose()
      this.#speech.dispose()
      this.echo(false)
    })
  }

  /** A file of the lab's whose path is selected. */
  get selectedPath(): string | undefined {
    return this.#paths?.selected
  }

  find(text: string, direction: 'next' | 'previous'): void {
    this.#finder.find(text, direction)
  }

  /** Call it from a gesture. */
  copy(text: string): void {
    void copyText(text, this.#options.host.ownerDocument)
  }

  /** Speaks to a screen reader, or no longer. */
  speak(wanted: boolean): void {
    this.#speech.follow(wanted)
  }

  /** Shows what is typed at once, where the host is slow to echo it; or no longer. */
  echo(wanted: boolean): void {
    if (wanted === this.#echoWanted) return
    this.#echoWanted = wanted
    if (!wanted) {
      this.#echo?.dispose()
      this.#echo = undefined
      return
    }
    // Not fetched: what is typed shows when the host says so, as it does where this is off.
    import('./echo/local-echo.js').then(
      ({ LocalEcho }) => {
        if (this.#echoWanted) this.#echo ??= new LocalEcho(this.#options)
      },
      () => undefined,
    )
  }

  /** On its way to the shell. */
  typed(text: string): void {
    this.#echo?.typed(text)
  }

  /** No shell answers what was typed. */
  settle(): void {
    this.#echo?.drop()
  }
}
