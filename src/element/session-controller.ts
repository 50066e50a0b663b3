import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { State } from '../core/state.js'
import type { DisplayEvent } from '../display/display.js'
import type { LabSession, SessionSettings } from '../session/session.js'
import { IdleEvent, ProblemEvent } from '../session/session.js'
import type { Timers } from '../session/timers.js'
import { LabError, type Problem } from '../wire/problems.js'
import { LabIdleEvent, LabProblemEvent, LabStatusEvent } from './events.js'

export type SessionHost = ReactiveControllerHost & HTMLElement

export interface SessionControllerOptions {
  readonly timers: Timers
  /** What the attributes ask for. Throws a `LabError` where they make no sense. */
  readonly settings: () => SessionSettings
  readonly open: (settings: SessionSettings) => LabSession
  /** The state changed; comes before the element renders it. */
  readonly changed: (state: State, before: State) => void
  /** The lab on the page is another one, or none is any more: nothing of the old one may stay. */
  readonly left: () => void
}

/** Owns the session of one element: from its first rendering until it is out of the document for good. */
export class SessionController implements ReactiveController {
  readonly #host: SessionHost
  readonly #options: SessionControllerOptions
  #session: LabSession | undefined
  #settings: SessionSettings | undefined
  #state: State = { name: 'loading' }
  #leaving: number | undefined

  constructor(host: SessionHost, options: SessionControllerOptions) {
    this.#host = host
    this.#options = options
    host.addController(this)
  }

  get session(): LabSession | undefined {
    return this.#session
  }

  get state(): State {
    return this.#state
  }

  hostConnected(): void {
    if (this.#leaving !== undefined) this.#options.timers.clearTimeout(this.#leaving)
    this.#leaving = undefined
    this.#host.requestUpdate()
  }

  /** An element that is moved is out of the document for a moment only; its lab should not notice. */
  hostDisconnected(): void {
    this.#leaving ??= this.#options.timers.setTimeout(() => this.#stop(), 0)
  }

  /** The attributes may have changed. Not within the update: the session may change its state at once. */
  hostUpdated(): void {
    queueMicrotask(() => {
      if (this.#host.isConnected) this.#follow()
    })
  }

  displayEvent(event: DisplayEvent): void {
    this.#session?.displayEvent(event)
  }

  #follow(): void {
    let settings: SessionSettings
    try {
      settings = this.#options.settings()
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#stop()
      this.#fail(error.problem)
      return
    }
    const before = this.#settings
    if (JSON.stringify(settings) === JSON.stringify(before)) return
    this.#settings = settings
    if (this.#session) this.#session.configure(settings)
    else this.#start(settings)
    if (before && screenOf(before) !== screenOf(settings)) this.#options.left()
  }

  #start(settings: SessionSettings): void {
    const session = this.#options.open(settings)
    this.#session = session
    session.addEventListener('change', this.#onChange)
    session.addEventListener('idle', this.#onIdle)
    session.addEventListener('problem', this.#onProblem)
    session.start()
    this.#onChange()
  }

  #stop(): void {
    this.#leaving = undefined
    this.#settings = undefined
    const session = this.#session
    if (!session) return
    this.#session = undefined
    session.removeEventListener('change', this.#onChange)
    session.removeEventListener('idle', this.#onIdle)
    session.removeEventListener('problem', this.#onProblem)
    session.stop()
    this.#options.left()
    this.#enter({ name: 'loading' })
  }

  #fail(problem: Problem): void {
    if (this.#state.name === 'failed' && this.#state.problem.detail === problem.detail) return
    this.#enter({ name: 'failed', problem })
    this.#host.dispatchEvent(new LabProblemEvent(problem))
  }

  #enter(state: State): void {
    const before = this.#state
    this.#state = state
    this.#options.changed(state, before)
    this.#host.requestUpdate()
    if (state.name === before.name) return
    // An attribute that changes is seen by observers of the page, so it changes no more often than the word does.
    this.#host.setAttribute('status', state.name)
    this.#host.dispatchEvent(new LabStatusEvent(state.name, labOf(state)))
  }

  readonly #onChange = (): void => {
    if (this.#session) this.#enter(this.#session.state)
  }

  readonly #onIdle = (event: Event): void => {
    if (!(event instanceof IdleEvent)) return
    if (!this.#host.dispatchEvent(new LabIdleEvent(event.secondsLeft))) event.preventDefault()
  }

  readonly #onProblem = (event: Event): void => {
    if (event instanceof ProblemEvent) this.#host.dispatchEvent(new LabProblemEvent(event.problem))
  }
}

/** What the server last said about the lab, where the state tells. */
export function labOf(state: State) {
  return 'lab' in state ? state.lab : undefined
}

/** Settings with the same answer share their screens. */
function screenOf({ backend, lab, readOnly }: SessionSettings): string {
  return JSON.stringify([backend, lab, readOnly])
}
