/** The lab's screen on the page: its place, its size, its looks; the pictures come from one link after another. */
import type { Display } from 'guacamole-common-js'
import type { Appearance } from '../display.js'
import { StyleLease } from '../style-lease.js'
import { guardWheel } from '../wheel.js'
import { followCursor } from './cursor.js'
import { type Size, scaleOf, type WantedScreen, wantedScreen, zoomOf } from './sizes.js'
import { GUACAMOLE_STYLE } from './style.js'

export interface ScreenOptions {
  readonly container: HTMLElement
  readonly appearance: Appearance
  /** The room changed, or the zoom; comes at most once a frame. */
  readonly resized: () => void
}

export class Screen {
  readonly host: HTMLElement
  readonly surface: HTMLElement
  readonly field: HTMLTextAreaElement
  readonly #options: ScreenOptions
  readonly #life = new AbortController()
  readonly #style: StyleLease
  readonly #observer: ResizeObserver
  #appearance: Appearance
  #display: Display | undefined
  /** Undefined: by the text size. */
  #ownZoom: number | undefined
  #frame: number | undefined

  constructor(options: ScreenOptions) {
    const { container, appearance } = options
    const { ownerDocument } = container
    this.#options = options
    this.#appearance = appearance
    this.host = ownerDocument.createElement('div')
    this.host.className = 'lab-guacamole'
    this.surface = ownerDocument.createElement('div')
    this.surface.className = 'surface'
    this.surface.setAttribute('role', 'img')
    this.field = ownerDocument.createElement('textarea')
    for (const off of ['autocapitalize', 'autocomplete', 'autocorrect']) this.field.setAttribute(off, 'off')
    this.field.spellcheck = false
    this.host.append(this.surface, this.field)
    container.append(this.host)
    this.#style = new StyleLease(this.host, GUACAMOLE_STYLE)
    this.#observer = new ResizeObserver(() => this.#schedule())
    this.#observer.observe(this.host)
    // The browser's zoom changes the density and may leave the host as it was.
    window.addEventListener('resize', () => this.#schedule(), { signal: this.signal })
    guardWheel(this.host, this.signal)
    this.#watchFocus()
    this.#label()
  }

  /** Aborted by `dispose`. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  get focused(): boolean {
    return this.host.classList.contains('focused')
  }

  get appearance(): Appearance {
    return this.#appearance
  }

  /** What the lab should have; undefined while there is no room. */
  get wanted(): WantedScreen | undefined {
    return wantedScreen(this.#room, devicePixelRatio, this.#zoom)
  }

  /** The lab's own size, as far as it is known. */
  get shown(): Size | undefined {
    return this.#display && { width: this.#display.getWidth(), height: this.#display.getHeight() }
  }

  /** Shows the pictures of another link instead, once there are some: what was there stays until then. */
  show(display: Display): void {
    if (this.#display) this.#display.oncursor = null
    this.#display = display
    const element = display.getElement()
    element.setAttribute('aria-hidden', 'true')
    this.surface.prepend(element)
    // The lab's pointer is the browser's, until somebody else is seen to move it.
    display.showCursor(false)
    followCursor(display, this.surface)
    display.onresize = () => this.#fit()
    this.#fit()
  }

  hidePointer(): void {
    this.surface.style.cursor = 'none'
  }

  update(appearance: Appearance): void {
    this.#appearance = appearance
    this.#label()
    this.#schedule()
  }

  /** The lab has the text size itself, and this is what is left of it; undefined: it has not. */
  zoomBy(zoom: number | undefined): void {
    this.#ownZoom = zoom
    this.#fit()
  }

  focus(): void {
    this.field.focus({ preventScroll: true })
  }

  dispose(): void {
    if (this.signal.aborted) return
    this.#life.abort()
    this.#observer.disconnect()
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#style.dispose()
    this.#options.container.replaceChildren()
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      this.#style.refresh()
      this.#fit()
      this.#options.resized()
    })
  }

  #fit(): void {
    const { shown } = this
    if (shown) this.#display?.scale(scaleOf(shown, this.#room, devicePixelRatio, this.#zoom))
  }

  #label(): void {
    const { label } = this.#appearance
    this.field.setAttribute('aria-label', label)
    this.surface.setAttribute('aria-label', label)
  }

  #watchFocus(): void {
    const mark = (focused: boolean) => () => this.host.classList.toggle('focused', focused)
    this.field.addEventListener('focus', mark(true), { signal: this.signal })
    this.field.addEventListener('blur', mark(false), { signal: this.signal })
  }

  get #zoom(): number {
    return this.#ownZoom ?? zoomOf(this.#appearance.fontSize)
  }

  /** By layout, so that transforms and scrolling ancestors do not matter; without scroll bars, so that none makes one. */
  get #room(): Size {
    return { width: this.host.offsetWidth, height: this.host.offsetHeight }
  }
}
