import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** What is on the stage, as far as the keyboard cares. */
export interface Scene {
  /** The terminal can be used. */
  readonly live: boolean
  readonly prompt: boolean
  readonly dialog: boolean
  readonly menu: boolean
  readonly search: boolean
  /** The dialog asks about a paste into the terminal. */
  readonly paste: boolean
}

const EMPTY: Scene = { live: false, prompt: false, dialog: false, menu: false, search: false, paste: false }
const ZONES = ['prompt', 'veil', 'menu', 'search', 'dock', 'stage'] as const
type Zone = (typeof ZONES)[number]

/** Where the keyboard is, and where it goes when what has it appears, disappears or falls asleep. */
export class FocusKeeper implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement
  readonly #scene: () => Scene
  readonly #enterTerminal: () => void
  #before = EMPTY
  #zone: Zone | 'elsewhere' | undefined
  /** What had the focus before the prompt. */
  #lender: HTMLElement | undefined

  constructor(host: ReactiveControllerHost & HTMLElement, scene: () => Scene, enterTerminal: () => void) {
    this.#host = host
    this.#scene = scene
    this.#enterTerminal = enterTerminal
    host.addController(this)
  }

  /** The prompt may take the focus: it is somewhere where nobody types. Else its words are only spoken. */
  get free(): boolean {
    return this.#inside !== undefined || (document.hasFocus() && !takesKeys(document.activeElement))
  }

  /** Focuses what leads on: the main button, else any, else the stage. */
  first(options?: FocusOptions): void {
    const root = this.#host.shadowRoot
    const found = root?.querySelector('.primary') ?? root?.querySelector('button') ?? root?.querySelector('.stage')
    if (found instanceof HTMLElement) found.focus(options)
  }

  hostUpdate(): void {
    const inside = this.#inside
    this.#zone = inside && (ZONES.find((zone) => inside.closest(`.${zone}`)) ?? 'elsewhere')
  }

  hostUpdated(): void {
    const before = this.#before
    const now = this.#scene()
    this.#before = now
    // Where the page is magnified, the middle of the lab may be out of sight.
    if (now.dialog && !before.dialog) this.#focus('#first', {})
    else if (now.menu && !before.menu) this.#focus('#menu button')
    else if (now.search && !before.search) this.#focus('#search')
    else if (now.prompt && !before.prompt) this.#lend()
    else this.#recover(before, now)
  }

  /** The stage is the way back into the page for a keyboard whose button has gone. */
  #recover(before: Scene, now: Scene): void {
    const zone = this.#zone
    const fromTerminal = (before.paste && !now.dialog) || (zone === 'search' && !now.search)
    if (fromTerminal && now.live) this.#enterTerminal()
    if (zone === 'prompt' && !now.prompt) this.#lender?.focus({ preventScroll: true })
    if ((zone === 'veil' && !now.dialog && !before.paste) || (zone === 'menu' && !now.menu && !this.#inside))
      this.#focus('#menu-button')
    // Whoever started or woke the lab, or was in it as it paused, wants to type.
    if (zone === 'stage' && now.live && !before.live) this.#enterTerminal()
    const asleep = zone === 'dock' && before.live && !now.live
    if (asleep || (zone && !this.#inside)) this.#focus('.stage')
  }

  #lend(): void {
    if (!this.free) return
    const active = this.#inside ?? document.activeElement
    this.#lender = active instanceof HTMLElement ? active : undefined
    // A reader further down the page would not see the prompt: it comes into view.
    this.#focus('#keep', {})
  }

  #focus(selector: string, options: FocusOptions = { preventScroll: true }): void {
    const found = this.#host.shadowRoot?.querySelector(selector)
    if (found instanceof HTMLElement) found.focus(options)
  }

  get #inside(): HTMLElement | undefined {
    const active = this.#host.shadowRoot?.activeElement
    return active instanceof HTMLElement ? active : undefined
  }
}

/** The person may be typing there: in a field, or in a frame that we cannot see into. */
function takesKeys(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false
  return element.isContentEditable || element.matches('input, textarea, select, iframe, object, embed')
}
