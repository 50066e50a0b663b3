import type { PropertyValues, TemplateResult } from 'lit'
import type { Status } from '../core/state.js'
import { type DisplayKind, DisplayRegistry } from '../display/display.js'
import type { LabSession, SessionSettings } from '../session/session.js'
import type { TerminalInfo } from '../wire/schema.js'
import { browserCollaborators, type Collaborators } from './collaborators.js'
import { DisplayHost } from './display-host.js'
import { FocusKeeper } from './focus-keeper.js'
import { LabProperties } from './lab-properties.js'
import { LocaleController } from './locale.js'
import { Presenter } from './presenter.js'
import { isPrompt, PromptAwareSignals } from './prompt-input.js'
import { SchemeController } from './scheme.js'
import { SessionController } from './session-controller.js'
import { settingsOf } from './settings.js'
import { styles } from './styles.js'
import { Ticker } from './ticker.js'
import { HostTokens } from './token-source.js'
import { frameView, lineView } from './views/frame.js'
import { isLive } from './views/view.js'

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

  /** Which displays there are; `define.ts` registers them. */
  static readonly displays = new DisplayRegistry()

  /** Where the backend is when the attribute does not say: `define.ts` sets the origin of its script. */
  static defaultBackend = ''

  readonly #with = this.collaborators()
  readonly #locale = new LocaleController(this)
  readonly #scheme = new SchemeController(this)
  readonly #tokens = new HostTokens(this, this.#with.fetch)
  readonly #screens = new DisplayHost({
    registry: this.#with.displays,
    room: () => this.#room(),
    appearance: () => this.#presenter.appearance(),
    notify: (event) => this.#presenter.heard(event),
    changed: () => this.requestUpdate(),
  })
  readonly #session = new SessionController(this, {
    timers: this.#with.timers,
    settings: () => settingsOf(this, LabTerminal.defaultBackend || '/'),
    open: (settings) => this.#open(settings),
    changed: (now, before) => this.#presenter.changed(now, before),
    left: () => this.#screens.clear(),
  })
  readonly #presenter: Presenter = new Presenter({
    host: this,
    timers: this.#with.timers,
    session: this.#session,
    screens: this.#screens,
    locale: this.#locale,
    scheme: this.#scheme,
    mayTakeFocus: () => this.#focus.free,
  })
  readonly #focus: FocusKeeper = new FocusKeeper(
    this,
    () => this.#presenter.scene(),
    () => this.#screens.display?.focus(),
  )
  protected readonly ticker = new Ticker(this, this.#with.timers, () => this.#presenter.tick())

  /** What the element works with; a subclass may bring its own. Called once, before the subclass's fields are set. */
  protected collaborators(): Collaborators {
    return browserCollaborators(LabTerminal.displays)
  }

  /** What the lab and its terminal are doing, in one word. */
  get status(): Status {
    return this.#session.state.name
  }

  protected override startLab(): void {
    this.#session.session?.launch()
  }

  protected override wakeLab(): void {
    this.#session.session?.resume()
  }

  /** Pauses the lab; files and running programs are kept. */
  suspend(): void {
    this.#session.session?.suspend()
  }

  /** Deletes the lab with everything in it and builds a new one, without asking. */
  reset(): void {
    this.#session.session?.reset()
  }

  /** Makes a new connection, and tries again at once what waits or was refused. */
  reconnect(): void {
    this.#session.session?.reconnect()
  }

  /** Keeps the lab running: the learner is here. */
  extend(): void {
    this.#session.session?.extend()
  }

  /** Sends text as if typed. */
  send(text: string): void {
    this.#screens.display?.send(text)
  }

  /** Sends text as a paste. */
  paste(text: string): void {
    this.#screens.display?.paste(text)
  }

  /** Screen and scrollback as text; empty where the display cannot tell. */
  getText(): string {
    return this.#screens.display?.getText() ?? ''
  }

  /** Puts the keyboard into the terminal, else on the button that leads there. */
  override focus(options?: FocusOptions): void {
    if (isLive(this.#presenter.view()) && this.#screens.display) this.#screens.display.focus()
    else this.#focus.first(options)
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after)
    if (name === 'lang' && this.isConnected) this.#locale.refresh()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('hiddenLab')) this.#screens.clear()
  }

  protected override render(): TemplateResult {
    return this.#locale.run(() => {
      const view = this.#presenter.view()
      return this.hiddenLab ? lineView(view) : frameView(view)
    })
  }

  protected override updated(): void {
    // Through the style object: a strict content security policy forbids `style` attributes.
    this.shadowRoot?.querySelector<HTMLElement>('.frame')?.style.setProperty('block-size', this.height || null)
    this.#screens.update()
  }

  #open(settings: SessionSettings): LabSession {
    const { timers, fetch, page, openSession } = this.#with
    return openSession(settings, {
      ...timers,
      fetch,
      random: Math.random,
      token: (request) => this.#tokens.get(request, this),
      display: (terminal) => this.#screens.show(terminal, this.#kindFor(terminal), this.readOnly),
      page: new PromptAwareSignals(page(), isPrompt),
    })
  }

  #kindFor(terminal: TerminalInfo): DisplayKind {
    return this.display === 'auto' ? terminal.display : this.display
  }

  async #room(): Promise<HTMLElement> {
    await this.updateComplete
    const room = this.shadowRoot?.querySelector<HTMLElement>('.room')
    if (!room) throw new Error('there is no room for a display')
    return room
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'lab-terminal': LabTerminal
  }
}
