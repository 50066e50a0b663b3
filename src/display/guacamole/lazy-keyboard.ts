/** The on-screen keyboard, whose code is fetched when it is first wanted. */
import type { KeyboardWords } from '../display.js'

export interface PanelOptions {
  /** The panel lies at its lower edge. */
  readonly container: HTMLElement
  readonly words: KeyboardWords
  readonly key: (keysym: number, pressed: boolean) => void
  readonly close: () => void
}

interface Panel {
  readonly element: HTMLElement
  fit(): void
  release(): void
  reach(): void
  dispose(): void
}

export interface LazyKeyboardOptions extends Pick<PanelOptions, 'container' | 'key'> {
  /** The screen, which makes room. */
  readonly host: HTMLElement
  readonly field: HTMLTextAreaElement
  /** It came, or went. */
  readonly changed: () => void
}

export class LazyKeyboard {
  readonly #options: LazyKeyboardOptions
  readonly #observer = new ResizeObserver(() => this.#fit())
  #panel: Panel | undefined
  #wanted = false

  constructor(options: LazyKeyboardOptions) {
    this.#options = options
  }

  get shown(): boolean {
    return this.#wanted
  }

  toggle(words: KeyboardWords): void {
    if (this.#wanted) this.hide()
    else void this.#show(words)
  }

  hide(): void {
    if (!this.#wanted) return
    const { host, field, changed } = this.#options
    this.#wanted = false
    this.#observer.disconnect()
    this.#panel?.dispose()
    this.#panel = undefined
    host.style.insetBlockEnd = ''
    field.inputMode = ''
    changed()
  }

  /** The link is another one: what was held on the last one is not. */
  release(): void {
    this.#panel?.release()
  }

  /** The element leaves one stop for Tab in a display: its frame. This is another one, on purpose. */
  reach(): void {
    this.#panel?.reach()
  }

  async #show(words: KeyboardWords): Promise<void> {
    const { container, key, field, changed } = this.#options
    this.#wanted = true
    changed()
    const code = await import('./on-screen-keyboard.js').catch(() => undefined)
    // Its code did not come: the next press tries once more.
    if (!code) this.hide()
    if (!code || !this.#wanted || this.#panel) return
    this.#panel = new code.OnScreenKeyboardPanel({ container, words, key, close: () => this.hide() })
    // The keyboard of a phone would lie over this one.
    field.inputMode = 'none'
    this.#observer.observe(container)
    this.#observer.observe(this.#panel.element)
  }

  #fit(): void {
    const { host } = this.#options
    this.#panel?.fit()
    host.style.insetBlockEnd = `${this.#panel?.element.offsetHeight ?? 0}px`
  }
}
