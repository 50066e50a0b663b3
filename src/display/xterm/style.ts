/**
 * xterm's styles, where the terminal is: a shadow root sees nothing of the page's, and a page with a strict Content
 * Security Policy allows no style elements and no style attributes. Style sheets that are adopted, and styles that are
 * set by script property by property, need no permission.
 */
import type { Terminal } from '@xterm/xterm'
import { xtermCss } from './xterm-css.generated.js'

/** The container's own position, if it has any, comes first. */
const OWN_CSS = `
:where(:has(> .lab-xterm)) { position: relative; }
.lab-xterm { position: absolute; inset: 0; overflow: hidden; contain: strict; forced-color-adjust: none; }
.lab-xterm .xterm { width: max-content; }
`

export class StyleLease {
  readonly #host: HTMLElement
  readonly #sheet = new CSSStyleSheet()
  /** Sheets in the place of xterm's own style elements. */
  readonly #written = new Set<CSSStyleSheet>()
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
    this.#root = root
    this.#adopt()
  }

  dispose(): void {
    this.#leave()
    this.#root = undefined
  }

  /**
   * Opens the terminal, which makes its style elements in there and leaves its rows to a part that keeps the page's
   * document whatever it is given (6.0, `DomRenderer`). Nothing of the page runs meanwhile.
   */
  open(terminal: Terminal): void {
    const { ownerDocument } = this.#host
    const own = Object.getOwnPropertyDescriptor(ownerDocument, 'createElement')
    const createElement = (name: string) => this.#create(ownerDocument, name)
    Object.defineProperty(ownerDocument, 'createElement', { configurable: true, value: createElement })
    try {
      terminal.open(this.#host)
    } finally {
      if (own) Object.defineProperty(ownerDocument, 'createElement', own)
      else Reflect.deleteProperty(ownerDocument, 'createElement')
    }
    const rows = partOf(terminal, '_core', '_renderService', '_renderer', 'value', '_rowFactory')
    if (rows) Reflect.set(rows, '_document', { createElement })
  }

  #create(document: Document, name: string): HTMLElement {
    if (name === 'style') return this.#sheetElement(document)
    const element = Document.prototype.createElement.call(document, name)
    // Coloured text has its colour in a style attribute.
    if (name === 'span') element.setAttribute = setAttributeQuietly
    return element
  }

  /** Takes text as a style element does, and is one of the adopted sheets while it is there. */
  #sheetElement(document: Document): HTMLElement {
    const element = Document.prototype.createElement.call(document, 'template')
    const sheet = new CSSStyleSheet()
    Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) })
    element.remove = () => {
      Element.prototype.remove.call(element)
      this.#leave()
      this.#written.delete(sheet)
      this.#adopt()
    }
    this.#written.add(sheet)
    this.#adopt()
    return element
  }

  /** In the order in which style elements would come: before the sheet of xterm's package. */
  #adopt(): void {
    this.#leave()
    this.#root?.adoptedStyleSheets.push(...this.#written, this.#sheet)
  }

  #leave(): void {
    const root = this.#root
    if (!root) return
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter(
      (sheet) => sheet !== this.#sheet && !this.#written.has(sheet),
    )
  }
}

/** A part that xterm keeps to itself; the version is pinned, and a test under a strict policy tells when it moves. */
function partOf(whole: object, ...path: string[]): object | undefined {
  let part: unknown = whole
  for (const name of path) part = typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined
  return typeof part === 'object' && part !== null ? part : undefined
}

function setAttributeQuietly(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
