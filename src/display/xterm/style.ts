/** xterm's style sheet, where the terminal is: a shadow root sees nothing of the page's. */
import { xtermCss } from './xterm-css.generated.js'

const OWN_CSS = `
.lab-xterm { position: absolute; inset: 0; overflow: hidden; contain: strict; forced-color-adjust: none; }
.lab-xterm .xterm { width: max-content; }
`

export class StyleLease {
  readonly #host: HTMLElement
  readonly #sheet = new CSSStyleSheet()
  #root: Document | ShadowRoot | undefined

  constructor(host: HTMLElement) {
    this.#host = host
    this.#sheet.replaceSync(xtermCss + OWN_CSS)
    this.refresh()
  }

  /** Follows the host to another root. */
  refresh(): void {
    const root = this.#host.getRootNode()
    if (root === this.#root || !(root instanceof Document || root instanceof ShadowRoot)) return
    this.dispose()
    root.adoptedStyleSheets.push(this.#sheet)
    this.#root = root
  }

  dispose(): void {
    const root = this.#root
    this.#root = undefined
    if (root) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet)
  }
}
