import { html, type PropertyValues, type TemplateResult } from 'lit'
import type { Status } from '../core/state.js'
import { DisplayRegistry } from '../display/display.js'
import type { Collaborators } from './collaborators.js'
import type { Lab } from './lab.js'
import { LabProperties } from './lab-properties.js'
import { brokenShell, emptyShell } from './shell.js'
import { styles } from './styles.js'

/**
 * A real lab in a course page: launches the learner's own servers, carries their terminal, pauses them when nobody is
 * there and wakes them when somebody comes back.
 *
 * @summary A lab on any course page.
 * @tag lab-terminal
 *
 * @attr {string} lang - Language of the element; by default the page's at this place. English and German are complete.
 * @attr {'auto' | 'click'} launch - `auto` builds the lab when the page is opened, `click` waits for its button.
 * @attr {'focus' | 'click'} resume - `focus` wakes a paused lab when its learner comes back, `click` waits for its button.
 * @attr {string} status - Reflects `status`, for styles.
 *
 * @slot - Text for the time until the script has loaded, and for where scripts do not run. Never shown afterwards.
 *
 * @fires {LabStatusEvent} lab-status - `status` changed.
 * @fires {LabIdleEvent} lab-idle - The idle prompt is about to show; cancelling keeps the lab running.
 * @fires {LabProblemEvent} lab-problem - Something went wrong and the learner sees it.
 * @fires {LabTokenRequestEvent} lab-token-request - A signed token is needed; answer with `respondWith`.
 *
 * @csspart toolbar - The line with title, status, terminals and menu.
 * @csspart terminal - The terminal, and the frame around it that takes the keyboard focus.
 * @csspart status - The words that say what the lab is doing.
 * @csspart dialog - The idle prompt and the questions of the menu.
 *
 * @cssprop [--lab-font=system-ui] - Font of everything but the terminal.
 * @cssprop [--lab-radius=8px] - Corners of the frame.
 * @cssprop --lab-background - Behind the terminal and the messages.
 * @cssprop --lab-surface - Toolbar, menu and dialogs.
 * @cssprop --lab-text - Text.
 * @cssprop --lab-muted - Text of less weight.
 * @cssprop --lab-border - Lines.
 * @cssprop --lab-accent - Main buttons, focus and progress.
 * @cssprop --lab-accent-text - Text on main buttons.
 */
export class LabTerminal extends LabProperties {
  static override styles = styles

  static {
    // What has the focus follows from what is rendered, and the way out of the terminal from what has the focus.
    LabTerminal.disableWarning?.('change-in-update')
  }

  /** Which displays there are; `define.ts` registers them. */
  static readonly displays = new DisplayRegistry()

  /** Where the backend is when the attribute does not say: `define.ts` sets the origin of its script. */
  static defaultBackend = ''

  /** Address of the script, where it is one of its own: what a window of a lab loads. */
  static script = ''

  /** What the element does, fetched when the first one is in a page: the script itself only draws the frame. */
  #lab: Lab | undefined
  #loading: Promise<void> | undefined
  #broken = false

  /** What the element works with besides the browser's own: a subclass may bring another clock, session or display. */
  protected collaborators(): Partial<Collaborators> {
    return {}
  }

  /** What the lab and its terminal are doing, in one word. */
  get status(): Status {
    return this.#lab?.status ?? (this.#broken ? 'failed' : 'loading')
  }

  protected override startLab(): void {
    this.#lab?.session?.launch()
  }

  protected override wakeLab(): void {
    this.#lab?.session?.resume()
  }

  /** Pauses the lab; files and running programs are kept. */
  suspend(): void {
    this.#lab?.session?.suspend()
  }

  /** Deletes the lab with everything in it and builds a new one, without asking. */
  reset(): void {
    this.#lab?.session?.reset()
  }

  /** Makes a new connection, and tries again at once what waits or was refused. */
  reconnect(): void {
    this.#lab?.session?.reconnect()
  }

  /** Keeps the lab running: the learner is here. */
  extend(): void {
    this.#lab?.session?.extend()
  }

  /** Sends text as if typed. */
  send(text: string): void {
    this.#lab?.display?.send(text)
  }

  /** Sends text as a paste. */
  paste(text: string): void {
    this.#lab?.display?.paste(text)
  }

  /** True while text that is sent reaches a shell. */
  get takesText(): boolean {
    return this.#lab?.takesText ?? false
  }

  /** Screen and scrollback as text; empty where the display cannot tell. */
  getText(): string {
    return this.#lab?.display?.getText() ?? ''
  }

  /** Puts the keyboard into the terminal, else on the button that leads there. */
  override focus(options?: FocusOptions): void {
    this.#lab?.focus(options)
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after)
    if (name === 'lang') this.#lab?.changeLanguage()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#loading ??= this.#load()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('hiddenLab')) this.#lab?.clear()
  }

  protected override render(): TemplateResult {
    if (this.#lab) return this.#lab.render()
    return this.#broken ? brokenShell(this, () => this.#retry()) : html`${emptyShell(this)}`
  }

  protected override updated(): void {
    // Through the style object: a strict content security policy forbids `style` attributes.
    this.shadowRoot?.querySelector<HTMLElement>('.frame')?.style.setProperty('block-size', this.height || null)
    this.#lab?.updated()
    if (this.isConnected && this.getAttribute('status') !== this.status) this.setAttribute('status', this.status)
  }

  async #load(): Promise<void> {
    const module = await import('./lab.js').catch(() => undefined)
    this.#broken = !module
    if (module) this.#lab = new module.Lab(this, LabTerminal.defaultBackend, LabTerminal, this.collaborators())
    else this.#loading = undefined
    this.requestUpdate()
  }

  #retry(): void {
    this.#loading ??= this.#load()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'lab-terminal': LabTerminal
  }
}
