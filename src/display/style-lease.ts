/** A display's style sheet, where the display is: a shadow root sees nothing of the page's. */
export class StyleLease {
  readonly #host: HTMLElement
  readonly #sheet = new CSSStyleSheet()
  #root: Document | ShadowRoot | undefined

  constructor(host: HTMLElement, css: string) {
    this.#host = host
    this.#sheet.replaceSync(css)
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
