/**
 * xterm's styles, where the terminal is: a shadow root sees nothing of the page's, and a page with a strict Content
 * Security Policy allows no style elements and no style attributes. Style sheets that are adopted, and styles that are
 * set by script property by property, need no permission.
 */
import type { Terminal } from '@xterm/xterm'
import type { StyleLease } from '../style-lease.js'
import { giveRows } from './internals.js'
import { xtermCss } from './xterm-css.generated.js'

/**
 * The container's own position, if it has any, comes first. The slider of the scroll bar has no layer of its own, as xterm
 * would have it: below such a layer and a notice Chromium (156) shows only the upper edge of what WebGL painted.
 */
const OWN_CSS = `
:where(:has(> .lab-xterm)) { position: relative; }
.lab-xterm { position: absolute; inset: 0; overflow: clip; contain: strict; forced-color-adjust: none; }
.lab-said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.lab-xterm .xterm { width: max-content; }
.lab-xterm .xterm .scrollbar > .slider { transform: none !important; }
`

export const XTERM_STYLE = xtermCss + OWN_CSS

/**
 * Runs what makes xterm draw by DOM: opening it, and its return from WebGL. It makes its style elements in there and
 * leaves its rows to a part that keeps the page's document whatever it is given (6.0, `DomRenderer`). Nothing of the
 * page runs meanwhile.
 */
export function withStyles(terminal: Terminal, host: HTMLElement, style: StyleLease, run: () => void): void {
  const { ownerDocument } = host
  const own = Object.getOwnPropertyDescriptor(ownerDocument, 'createElement')
  const createElement = (name: string) => create(ownerDocument, name, style)
  Object.defineProperty(ownerDocument, 'createElement', { configurable: true, value: createElement })
  try {
    run()
  } finally {
    if (own) Object.defineProperty(ownerDocument, 'createElement', own)
    else Reflect.deleteProperty(ownerDocument, 'createElement')
  }
  giveRows(terminal, { createElement })
}

function create(document: Document, name: string, style: StyleLease): HTMLElement {
  if (name === 'style') return sheetElement(document, style)
  const element = Document.prototype.createElement.call(document, name)
  // Coloured text has its colour in a style attribute.
  if (name === 'span') element.setAttribute = setAttributeQuietly
  return element
}

/** Takes text as a style element does, and is one of the adopted sheets while it is there. */
function sheetElement(document: Document, style: StyleLease): HTMLElement {
  const element = Document.prototype.createElement.call(document, 'template')
  const sheet = new CSSStyleSheet()
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) })
  element.remove = () => {
    Element.prototype.remove.call(element)
    style.remove(sheet)
  }
  style.add(sheet)
  return element
}

function setAttributeQuietly(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
