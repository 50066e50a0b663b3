import type { TemplateResult } from 'lit'
import type { State, Status } from '../core/state.js'
import type { Display, DisplayKind, DisplayRegistry, FileDoor } from '../display/display.js'
import type { LabSession, SessionSettings } from '../session/session.js'
import { LabError } from '../wire/problems.js'
import type { TerminalInfo } from '../wire/schema.js'
import { browserCollaborators, type Collaborators } from './collaborators.js'
import { DisplayHost } from './display-host.js'
import { FocusKeeper } from './focus-keeper.js'
import type { LabProperties } from './lab-properties.js'
import { openLabWindow } from './lab-window.js'
import { LocaleController } from './locale.js'
import { Presenter } from './presenter.js'
import { isPrompt, PromptAwareSignals } from './prompt-input.js'
import { SchemeController } from './scheme.js'
import { labOf, SessionController } from './session-controller.js'
import { displaySettings, settingsOf } from './settings.js'
import { Ticker } from './ticker.js'
import { HostTokens } from './token-source.js'
import { frameView, lineView } from './views/frame.js'
import { isLive } from './views/view.js'

/** What all elements of a page have in common. */
export interface Shared {
  readonly displays: DisplayRegistry
  /** Address of the script that defines the element; empty where it is part of another one. */
  readonly script: string
}

/** Everything behind the attributes of one element; puts its parts together. */
export class Lab {
  readonly #host: LabProperties
  readonly #with: Collaborators
  readonly #locale: LocaleController
  readonly #tokens: HostTokens
  readonly #screens: DisplayHost
  readonly #session: SessionController
  readonly #presenter: Presenter
  readonly #focus: FocusKeeper
  /** The sign-in window that is open. */
  #window = new AbortController()

  constructor(host: LabProperties, origin: string, shared: Shared, own: Partial<Collaborators>) {
    this.#host = host
    this.#with = { ...browserCollaborators(shared.displays), ...own }
    const { timers, storage } = this.#with
    this.#tokens = new HostTokens(host, this.#with.fetch)
    this.#screens = new DisplayHost({
      registry: this.#with.displays,
      lab: () => host.lab,
      room: () => this.#room(),
      appearance: () => this.#presenter.appearance(),
      files: {
        upload: (...upload) => this.#files.upload(...upload),
        link: (...link) => this.#files.link(...link),
        open: (...open) => this.#files.open(...open),
      },
      settings: () => displaySettings(host),
      notify: (event) => this.#presenter.heard(event),
      changed: () => host.requestUpdate(),
    })
    this.#session = new SessionController(host, {
      timers,
      settings: () => settingsOf(host, origin || '/'),
      open: (settings) => this.#open(settings),
      changed: (state, before) => this.#changed(state, before),
      left: () => {
        this.#window.abort()
        this.#screens.clear()
      },
    })
    this.#locale = new LocaleController(host)
    this.#presenter = new Presenter({
      host,
      timers,
      storage,
      session: this.#session,
      screens: this.#screens,
      locale: this.#locale,
      scheme: new SchemeController(host),
      openWindow: shared.script === '' ? undefined : (lab) => this.#openWindow(shared.script, origin, lab),
      signIn: () => this.#signIn(settingsOf(host, origin || '/').backend),
      mayTakeFocus: () => this.#focus.free,
    })
    this.#focus = new FocusKeeper(
      host,
      () => this.#presenter.scene(),
      () => this.display?.focus(),
    )
    host.addController(new Ticker(host, timers, () => this.#presenter.tick()))
  }

  get status(): Status {
    return this.#session.state.name
  }

  get session(): LabSession | undefined {
    return this.#session.session
  }

  /** The one in front. */
  get display(): Display | undefined {
    return this.#screens.display
  }

  get takesText(): boolean {
    const { state } = this.#session
    return state.name === 'connected' && state.shell === 'open' && !state.readOnly && this.display !== undefined
  }

  render(): TemplateResult {
    return this.#locale.run(() => {
      const view = this.#presenter.view()
      return this.#host.hiddenLab ? lineView(view) : frameView(view)
    })
  }

  updated(): void {
    this.#screens.update()
  }

  focus(options?: FocusOptions): void {
    if (isLive(this.#presenter.view()) && this.display) this.display.focus()
    else this.#focus.first(options)
  }

  changeLanguage(): void {
    if (this.#host.isConnected) this.#locale.refresh()
  }

  /** No screen stays. */
  clear(): void {
    this.#screens.clear()
  }

  #changed(state: State, before: State): void {
    this.#presenter.changed(state, before)
    const [terminal] = labOf(state)?.terminals ?? []
    const soon = state.name === 'preparing' || state.name === 'queued' || state.name === 'paused'
    if (terminal && soon && !this.#host.hiddenLab) this.#screens.prepare(this.#kindFor(terminal))
  }

  #open(settings: SessionSettings): LabSession {
    const { timers, fetch, page, openSession } = this.#with
    return openSession(settings, {
      ...timers,
      fetch,
      random: Math.random,
      voucher: (request) => this.#tokens.get(request, this.#host),
      display: (terminal) => this.#screens.show(terminal, this.#kindFor(terminal), this.#host.readOnly),
      page: new PromptAwareSignals(page(), isPrompt),
    })
  }

  /** Only a text terminal can be drawn in two ways. */
  #kindFor({ protocol, display }: TerminalInfo): DisplayKind {
    return this.#host.display === 'auto' || protocol !== 'ssh' ? display : this.#host.display
  }

  #openWindow(script: string, origin: string, lab: { terminal: string; title: string; language: string }): boolean {
    const { backend, course } = settingsOf(this.#host, origin || '/')
    const { theme, fontFamily, display, resumeMode } = this.#host
    return openLabWindow(this.#with.openWindow, {
      script,
      title: lab.title,
      language: lab.language,
      attributes: {
        lab: this.#host.lab,
        backend: new URL(backend, document.baseURI).href,
        terminal: lab.terminal,
        display,
        theme,
        resume: resumeMode,
        height: '100vh',
        label: lab.title,
        lang: lab.language,
        ...(course && { course }),
        ...(fontFamily && { 'font-family': fontFamily }),
        ...(this.#host.readOnly && { 'read-only': '' }),
      },
      tokenProvider: (request) => this.#tokens.word(request, this.#host),
    })
  }

  /** False where the browser opens no window. A person who closes it may click again. */
  #signIn(backend: string): boolean {
    this.#window.abort()
    const opened = this.#with.openPopUp()
    if (!opened) return false
    this.#window = new AbortController()
    void this.#follow(opened, backend, this.#window.signal)
    return true
  }

  async #follow(opened: Window, backend: string, signal: AbortSignal): Promise<void> {
    try {
      // The browser gives a window within the click only; what is done with it may come later.
      const { signInByWindow } = await import('./sign-in-window.js')
      this.#tokens.offer(await signInByWindow(opened, backend, signal))
      this.session?.reconnect()
    } catch (error) {
      opened.close()
      if (error instanceof LabError) return
      // No person gave it up: the script did not come, or the browser would not. The next exchange says so.
      this.#tokens.offer(new LabError('auth/token-invalid', { message: 'the sign-in window failed', cause: error }))
      this.session?.reconnect()
    }
  }

  get #files(): FileDoor {
    const { session } = this.#session
    if (!session) throw new LabError('link/lost')
    return session.files
  }

  async #room(): Promise<HTMLElement> {
    await this.#host.updateComplete
    const room = this.#host.shadowRoot?.querySelector<HTMLElement>('.room')
    if (!room) throw new Error('there is no room for a display')
    return room
  }
}
