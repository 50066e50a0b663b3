/**
 * One learner's lab on one page: asks the server, follows its status, holds the link of the terminal.
 * Knows no element; everything from outside comes in by `SessionDeps`.
 */
import type { State } from '../core/state.js'
import type { Display, DisplayEvent } from '../display/display.js'
import type { Problem } from '../wire/problems.js'
import type { TerminalInfo } from '../wire/schema.js'
import type { PageSignals } from './activity.js'
import type { Timers } from './timers.js'
import type { TokenSource } from './token.js'

/** What the page asks for. May change while the session runs, see `LabSession.configure`. */
export interface SessionSettings {
  readonly lab: string
  /** Absolute URL without a trailing slash. */
  readonly backend: string
  /** Name of the terminal; absent = the first of the lab. */
  readonly terminal?: string
  readonly course?: string
  /** `auto` launches a lab that does not exist yet; `click` waits for `launch()`. */
  readonly launch: 'auto' | 'click'
  /** `focus` wakes a paused lab when the page is come back to; `click` waits for `resume()`. */
  readonly resume: 'focus' | 'click'
  readonly readOnly: boolean
  /** Launch the lab and never connect a terminal. */
  readonly hiddenLab: boolean
}

export interface SessionDeps extends Timers {
  readonly fetch: typeof fetch
  /** Uniform in [0, 1). */
  random(): number
  readonly token: TokenSource
  /** Makes or answers the element's display, which keeps its screen. A rejection becomes `link/display-failed`. */
  display(terminal: TerminalInfo): Promise<Display>
  readonly page: PageSignals
}

/** A problem became visible. */
export class ProblemEvent extends Event {
  readonly problem: Problem

  constructor(problem: Problem) {
    super('problem')
    this.problem = problem
  }
}

/** The idle prompt is about to show; `preventDefault()` keeps the lab running instead. */
export class IdleEvent extends Event {
  readonly secondsLeft: number

  constructor(secondsLeft: number) {
    super('idle', { cancelable: true })
    this.secondsLeft = secondsLeft
  }
}

/**
 * Events: `change` (the state or the warning changed), `idle` (`IdleEvent`), `problem` (`ProblemEvent`).
 * `start` and `stop` may be called in turns; after `stop` no timer, listener, stream or link is left.
 */
export class LabSession extends EventTarget {
  #state: State = { name: 'loading' }

  // biome-ignore lint/complexity/noUselessConstructor: the signature others build on
  constructor(_settings: SessionSettings, _deps: SessionDeps) {
    super()
  }

  get state(): State {
    return this.#state
  }

  /**
   * The lab is about to be suspended for idleness, whether the tab is visible or not (`state.prompt` is for a visible
   * one). Page time in milliseconds. For the title of a hidden tab.
   */
  get warning(): { readonly suspendAt: number } | undefined {
    return undefined
  }

  /** Follows new settings without a page reload: another lab, backend or terminal is a clean switch. */
  configure(_settings: SessionSettings): void {}

  start(): void {}
  stop(): void {}

  launch(): void {}
  resume(): void {}
  suspend(): void {}
  reset(): void {}
  reconnect(): void {}
  /** Keeps the lab running: the person is here. */
  extend(): void {}

  /** The element passes what its display notifies. */
  displayEvent(_event: DisplayEvent): void {}
}
