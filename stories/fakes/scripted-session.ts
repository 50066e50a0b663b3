import type { IdlePrompt, State } from '../../src/core/state.js'
import type { DisplayEvent, FileDoor } from '../../src/display/display.js'
import {
  IdleEvent,
  LabSession,
  ProblemEvent,
  type SessionDeps,
  type SessionSettings,
} from '../../src/session/session.js'
import { LabError, type Problem } from '../../src/wire/problems.js'
import type { TerminalInfo } from '../../src/wire/schema.js'

export type SessionCall = 'start' | 'stop' | 'launch' | 'resume' | 'suspend' | 'reset' | 'reconnect' | 'extend'

/** What a scripted session shows, and how it answers. */
export interface Script {
  readonly state: State
  /** Connects the terminal first, so that there is a screen. */
  readonly screen?: boolean
  /** The shell of a text terminal is lost, and a new one begins below what it had printed. */
  readonly lost?: boolean
  readonly warning?: IdlePrompt
  /** What follows a command. */
  readonly answer?: (call: SessionCall, session: ScriptedSession) => void
}

/** A session that asks no server: it is in the states it is told to be in, and notes what it is asked to do. */
export class ScriptedSession extends LabSession {
  readonly calls: SessionCall[] = []
  readonly heard: DisplayEvent[] = []
  readonly settings: SessionSettings[]
  readonly deps: SessionDeps
  readonly #script: Script
  #state: State
  #warning: IdlePrompt | undefined
  #link: AbortController | undefined
  #unsubscribe: (() => void) | undefined

  constructor(settings: SessionSettings, deps: SessionDeps, script: Script) {
    super(settings, deps)
    this.settings = [settings]
    this.deps = deps
    this.#script = script
    this.#state = script.state
    this.#warning = script.warning
  }

  override get state(): State {
    return this.#state
  }

  override get warning(): IdlePrompt | undefined {
    return this.#warning
  }

  /** Uploads stop on their way, and nothing is there to come down. */
  override readonly files: FileDoor = {
    upload: (_path, _file, { progress }) => {
      progress(0.42)
      return new Promise(() => undefined)
    },
    link: () => Promise.reject(new LabError('file/unknown')),
    open: () => Promise.reject(new LabError('file/unknown')),
  }

  /** Input of the page as the session was told of it. */
  inputs = 0

  show(state: State, warning?: IdlePrompt): void {
    this.#state = state
    this.#warning = warning
    this.dispatchEvent(new Event('change'))
  }

  tellProblem(problem: Problem): void {
    this.dispatchEvent(new ProblemEvent(problem))
  }

  /** False where the page cancelled it. */
  tellIdle(secondsLeft: number): boolean {
    return this.dispatchEvent(new IdleEvent(secondsLeft))
  }

  async connect(terminal: TerminalInfo): Promise<void> {
    this.#link?.abort()
    const link = new AbortController()
    this.#link = link
    // An element that has gone has no display any more.
    const display = await this.deps.display(terminal).catch(() => undefined)
    if (!display || link.signal.aborted) return
    const expiresAt = new Date(this.deps.now() + 30_000).toISOString()
    const subprotocol = display.kind === 'guacamole' ? 'guacamole' : 'lab-ssh.v1'
    display.connect(
      { ticket: 'scripted', url: this.#script.lost ? LOST_URL : RECORDED_URL, subprotocol, expiresAt },
      link.signal,
    )
  }

  override configure(settings: SessionSettings): void {
    this.settings.push(settings)
    const { state } = this
    const terminals = 'lab' in state ? state.lab?.terminals : undefined
    const wanted = terminals?.find(({ name }) => name === settings.terminal)
    if (wanted && this.#script.screen) void this.connect(wanted)
  }

  override start(): void {
    this.#note('start')
    this.#unsubscribe = this.deps.page.subscribe((signal) => {
      if (signal === 'input') this.inputs++
    })
    const { state } = this
    const lab = 'lab' in state ? state.lab : undefined
    const wanted = lab?.terminals.find(({ name }) => name === this.settings[0]?.terminal) ?? lab?.terminals[0]
    if (wanted && this.#script.screen) void this.connect(wanted)
  }

  override stop(): void {
    this.#link?.abort()
    this.#unsubscribe?.()
    this.#note('stop')
  }

  override launch(): void {
    this.#note('launch')
  }

  override resume(): void {
    this.#note('resume')
  }

  override suspend(): void {
    this.#note('suspend')
  }

  override reset(): void {
    this.#note('reset')
  }

  override reconnect(): void {
    this.#note('reconnect')
  }

  override extend(): void {
    this.#note('extend')
  }

  override displayEvent(event: DisplayEvent): void {
    this.heard.push(event)
  }

  #note(call: SessionCall): void {
    this.calls.push(call)
    this.#script.answer?.(call, this)
  }
}

/** A display that opens this address gets a recording instead of a network. */
export const RECORDED_URL = 'wss://recorded.invalid/'
export const LOST_URL = `${RECORDED_URL}?lost`
