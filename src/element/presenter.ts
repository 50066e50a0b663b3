import type { State } from '../core/state.js'
import type { Appearance, DisplayEvent } from '../display/display.js'
import type { Timers } from '../session/timers.js'
import { Choices } from './choices.js'
import type { DisplayHost } from './display-host.js'
import { fileCommands } from './file-commands.js'
import type { Scene } from './focus-keeper.js'
import { toggleFullScreen } from './full-screen.js'
import type { LabProperties } from './lab-properties.js'
import { LazyFolders } from './lazy-folders.js'
import { isApple, leaveKeys } from './leave-keys.js'
import type { LocaleController } from './locale.js'
import { Overlays } from './overlays.js'
import type { PreferenceStorage } from './preferences.js'
import type { SchemeController } from './scheme.js'
import { ServerClock } from './server-clock.js'
import { sessionCommands } from './session-commands.js'
import { labOf, type SessionController } from './session-controller.js'
import { filled } from './settings.js'
import { TabWarning } from './tab-warning.js'
import { TerminalTools } from './terminal-tools.js'
import { type Commands, isLive, type View } from './views/view.js'
import { msg, str } from './words.js'

const MONOSPACE = 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
const RESETTABLE: ReadonlySet<string> = new Set(['running', 'suspending', 'suspended', 'resuming', 'failed'])

export interface PresenterParts {
  readonly host: LabProperties
  readonly timers: Timers
  readonly storage: PreferenceStorage
  readonly session: SessionController
  readonly screens: DisplayHost
  readonly locale: LocaleController
  readonly scheme: SchemeController
  /** Opens the terminal in a window of its own; answers false where that is forbidden. Absent where it cannot be. */
  readonly openWindow: ((lab: { terminal: string; title: string; language: string }) => boolean) | undefined
  /** Signs in by a window; answers false where the browser forbids it. */
  readonly signIn: () => boolean
  /** The idle prompt may take the keyboard focus. */
  readonly mayTakeFocus: () => boolean
}

/** What the learner does with the element itself (menu, dialogs, text size), and all that the views show. */
export class Presenter {
  readonly #parts: PresenterParts
  readonly #choices: Choices
  readonly #tools: TerminalTools
  readonly #folders: LazyFolders
  readonly #overlays = new Overlays({
    dismissed: () => this.#tools.dropPaste(),
    asksDownload: () => this.#folders.open(),
    changed: () => this.#render(),
  })
  #entered = false
  /** Since the state began, the terminal had the keyboard: the way out was said. */
  #hinted = false
  readonly #clock = new ServerClock()
  readonly #warning: TabWarning
  #prompt = { seconds: 0, spoken: false }

  constructor(parts: PresenterParts) {
    this.#parts = parts
    this.#choices = new Choices(parts.host, parts.storage)
    this.#tools = new TerminalTools({
      timers: parts.timers,
      display: () => parts.screens.display,
      changed: () => this.#render(),
    })
    this.#folders = new LazyFolders({
      display: () => parts.screens.display,
      download: (path) => this.#commands.download(path),
      changed: () => {
        this.#render()
        return parts.host.updateComplete
      },
    })
    this.#warning = new TabWarning(parts)
    parts.host.addController(this)
  }

  hostConnected(): void {
    this.#choices.refresh()
  }

  view(): View {
    const { host, timers, session, screens, locale, scheme } = this.#parts
    const { state } = session
    const lab = labOf(state)
    const now = timers.now()
    const { dialog, menuOpen, path } = this.#overlays
    const terminals = lab?.terminals ?? []
    return {
      // First: it comes from storage.
      ...this.#choices.switches,
      state,
      now,
      elapsed: lab ? Math.max(0, now - this.#clock.pageTime(lab.since)) : 0,
      pageTime: this.#clock.pageTime,
      format: locale.format,
      language: locale.name,
      scheme: scheme.resolve(this.#choices.theme),
      chosenScheme: this.#choices.chosenScheme,
      title: lab?.title || filled(host.label) || msg('Lab'),
      label: filled(host.label) || lab?.title || msg('Lab'),
      terminals,
      terminal: (terminals.find(({ name }) => name === host.terminal) ?? terminals[0])?.name ?? '',
      painted: screens.painted,
      late: screens.late,
      recorded: screens.recorded,
      desktop: screens.display?.kind === 'guacamole',
      files: { ...screens.fileWays, ...(host.readOnly && { upload: false }) },
      transfers: screens.transfers,
      folders: dialog === 'download' ? this.#folders.picker : undefined,
      path: dialog === 'download' ? path : menuOpen ? screens.display?.selectedPath : undefined,
      canOpenWindow: this.#parts.openWindow !== undefined,
      wakesByItself: host.resumeMode !== 'click',
      fontSize: this.#choices.fontSize,
      fullScreen: host.shadowRoot?.fullscreenElement != null,
      canFullScreen: document.fullscreenEnabled,
      canReset: lab !== undefined && RESETTABLE.has(lab.phase) && !host.readOnly,
      menuOpen,
      dialog,
      prompt: this.#prompt,
      entered: this.#entered,
      hinted: this.#hinted,
      leaveKeys: leaveKeys(isApple()),
      apple: isApple(),
      tools: this.#tools.view,
      toolCommands: this.#tools.commands,
      commands: this.#commands,
    }
  }

  scene(): Scene {
    const view = this.view()
    return {
      live: isLive(view),
      prompt: view.state.name === 'connected' && view.state.prompt !== undefined,
      dialog: this.#overlays.dialog !== undefined,
      menu: this.#overlays.menuOpen,
      search: view.tools.search !== undefined,
      paste: this.#overlays.dialog === 'paste',
    }
  }

  /** How often the time alone changes what is shown, in milliseconds. */
  tick(): number | undefined {
    const { state } = this.#parts.session
    if (state.name === 'paused') return 30_000
    const ticks = state.name === 'preparing' || (state.name === 'connected' && state.prompt)
    return ticks || (state.name === 'reconnecting' && state.retryAt !== undefined) ? 1_000 : undefined
  }

  appearance(): Appearance {
    const { host, locale } = this.#parts
    const { title, leaveKeys, scheme } = this.view()
    return {
      ...this.#choices.switches,
      fontSize: this.#choices.fontSize,
      fontFamily: host.fontFamily || MONOSPACE,
      theme: scheme,
      label: locale.run(() => msg(str`Terminal: ${title}. ${leaveKeys} leaves it.`)),
    }
  }

  changed(state: State, before: State): void {
    const lab = labOf(state)
    if (lab && lab !== labOf(before)) this.#clock.set(lab, this.#parts.timers.now())
    if (state.name !== before.name) this.#hinted = this.#entered
    if (state.name === 'connected' && state.prompt && !(before.name === 'connected' && before.prompt)) {
      const seconds = Math.max(0, Math.round((state.prompt.suspendAt - this.#parts.timers.now()) / 1000))
      this.#prompt = { seconds, spoken: !this.#parts.mayTakeFocus() }
    }
    if (this.#overlays.dialog === 'reset' && !this.view().canReset) this.#overlays.dialog = undefined
    if (!lab) this.#overlays.closeMenu()
    if (!isLive(this.view())) this.#leaveTerminal()
    this.#warning.show()
  }

  heard(event: DisplayEvent): void {
    if (event.type === 'leave') this.#parts.host.shadowRoot?.querySelector<HTMLElement>('#terminal')?.focus()
    if (event.type === 'text-size') this.#choices.resizeText(event.change)
    if (event.type === 'paste') this.#overlays.dialog = 'paste'
    if (event.type === 'again') this.#again()
    if (event.type === 'download' && this.#parts.screens.fileWays.download) this.#commands.askDownload(event.path)
    this.#tools.heard(event)
    this.#parts.session.displayEvent(event)
  }

  /** Enter does what the bar over the terminal offers. */
  #again(): void {
    const { state } = this.#parts.session
    if (state.name === 'reconnecting') this.#commands.reconnect()
    else if (state.name === 'connected' && state.shell === 'ended' && !state.readOnly) this.#commands.newShell()
  }

  /** Nothing of the terminal stays open that cannot be used. */
  #leaveTerminal(): void {
    if (this.#overlays.dialog === 'paste') this.#overlays.dialog = undefined
    this.#tools.clear()
  }

  #render(): void {
    this.#parts.host.requestUpdate()
  }

  readonly #commands: Commands = {
    ...sessionCommands({
      session: () => this.#parts.session,
      screens: () => this.#parts.screens,
      fromMenu: (run) => this.#overlays.from(run),
    }),
    ...this.#overlays.commands,
    signIn: () => {
      if (!this.#parts.signIn()) this.#overlays.dialog = 'window'
      this.#render()
    },
    enter: () => this.#parts.screens.display?.focus(),
    entered: (entered) => {
      this.#entered = entered
      this.#hinted ||= entered
      this.#render()
    },
    selectTerminal: (name) => {
      this.#parts.host.terminal = name
    },
    resizeText: (by) => this.#choices.resizeText(by),
    toggle: (name) => this.#choices.toggle(name),
    chooseScheme: (scheme) => this.#choices.chooseScheme(scheme),
    search: this.#overlays.from(() => this.#tools.commands.openSearch()),
    paste: this.#overlays.from(() => this.#tools.commands.acceptPaste()),
    toggleFullScreen: this.#overlays.from(() => void toggleFullScreen(this.#parts.host.shadowRoot)),
    openWindow: this.#overlays.from(() => this.#openWindow()),
    toggleKeyboard: (words) => this.#overlays.from(() => this.#parts.screens.display?.toggleKeyboard?.(words))(),
    ...fileCommands({
      screens: () => this.#parts.screens,
      closeMenu: () => this.#overlays.closeMenu(),
      fromMenu: (run) => this.#overlays.from(run),
      changed: () => this.#render(),
    }),
    changed: () => this.#render(),
  }

  #openWindow(): void {
    const { terminal, label, language } = this.view()
    if (this.#parts.openWindow?.({ terminal, title: label, language }) === false) this.#overlays.dialog = 'window'
  }
}
