/** xterm's style sheet, where the terminal is: a shadow root sees nothing of the page's. */
import { xtermCss } from './xterm-css.generated.js'

/** The container's own position, if it has any, comes first. */
const OWN_CSS = `
:where(:has(> .lab-xterm)) { position: relative; }
.lab-xterm { position: absolute; inset: 0; overflow: hidden; contain: strict; forced-color-adjust: none; }
.lab-said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
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

  /** A host that was built outside any root gets its style when it comes into one. */
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
