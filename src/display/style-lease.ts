/** A display's style sheets, where the display is: a shadow root sees nothing of the page's. */
export class StyleLease {
  readonly #host: HTMLElement
  readonly #sheet = new CSSStyleSheet()
  readonly #others = new Set<CSSStyleSheet>()
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
    this.#root = root
    this.#adopt()
  }

  /** One more sheet, which the display's own comes after. */
  add(sheet: CSSStyleSheet): void {
    this.#leave()
    this.#others.add(sheet)
    this.#adopt()
  }

  remove(sheet: CSSStyleSheet): void {
    this.#leave()
    this.#others.delete(sheet)
    this.#adopt()
  }

  dispose(): void {
    this.#leave()
    this.#root = undefined
  }

  #adopt(): void {
    this.#root?.adoptedStyleSheets.push(...this.#others, this.#sheet)
  }

  #leave(): void {
    const root = this.#root
    if (!root) return
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter(
      (sheet) => sheet !== this.#sheet && !this.#others.has(sheet),
    )
  }
}
