/**
 * One learner's lab on one page: asks the server, follows its status, holds the link of the terminal.
 * Knows no element; everything from outside comes in by `SessionDeps`.
 */
import { type Context, initial } from '../core/context.js'
import type { AlarmName, Effect } from '../core/effects.js'
import { secondsLeft } from '../core/idle.js'
import { type Event as MachineEvent, step } from '../core/machine.js'
import type { IdlePrompt, State } from '../core/state.js'
import { problemShown, type Shown, sameShown, shownOf } from '../core/view.js'
import type { Display, DisplayEvent, FileDoor } from '../display/display.js'
import type { TerminalInfo } from '../wire/schema.js'
import type { PageSignals } from './activity.js'
import { Alarms } from './alarms.js'
import { LabApi } from './api.js'
import { IdleEvent, ProblemEvent } from './events.js'
import { Links } from './links.js'
import { Requests } from './requests.js'
import type { Timers } from './timers.js'
import type { VoucherSource } from './token.js'

export { IdleEvent, ProblemEvent } from './events.js'

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
  readonly voucher: VoucherSource
  /** Makes or answers the element's display, which keeps its screen. A rejection becomes `link/display-failed`. */
  display(terminal: TerminalInfo): Promise<Display>
  readonly page: PageSignals
}

/**
 * Events: `change` (the state or the warning changed), `idle` (`IdleEvent`), `problem` (`ProblemEvent`).
 * `start` and `stop` may be called in turns; after `stop` no timer, listener, stream or link is left. Commands lead on
 * from every state and do nothing while stopped.
 */
export class LabSession extends EventTarget {
  readonly #deps: SessionDeps
  readonly #alarms: Alarms<AlarmName>
  readonly #links: Links
  readonly #queue: MachineEvent[] = []
  #context: Context
  #api: LabApi
  #requests: Requests
  #shown: Shown
  #draining = false
  #unsubscribe: (() => void) | undefined

  constructor(settings: SessionSettings, deps: SessionDeps) {
    super()
    this.#deps = deps
    this.#context = initial(settings)
    this.#shown = shownOf(this.#context)
    this.#alarms = new Alarms(deps, (name) => this.#dispatch({ type: 'alarm', name }))
    this.#links = new Links(
      {
        ticket: (terminal, signal) => this.#api.ticket(terminal, signal),
        display: (terminal) => deps.display(terminal),
      },
      {
        ready: (link, readOnly) => this.#dispatch({ type: 'ready', link, readOnly }),
        shell: (link, shell) => this.#dispatch({ type: 'shell', link, shell }),
        closed: (link, problem) => this.#dispatch({ type: 'closed', link, problem }),
      },
    )
    this.#api = this.#newApi(settings)
    this.#requests = this.#newRequests()
  }

  /** Carries the files of its terminals. */
  readonly files: FileDoor = {
    upload: (path, file, options) => this.#api.upload(path, file, options),
    link: (path, signal) => this.#api.downloadLink(path, signal),
    open: (path, options) => this.#api.open(path, options),
  }

  get state(): State {
    return this.#shown.state
  }

  /**
   * The lab is about to be suspended for idleness, whether the tab is visible or not (`state.prompt` is for a visible
   * one). Page time in milliseconds. For the title of a hidden tab.
   */
  get warning(): IdlePrompt | undefined {
    return this.#shown.warning
  }

  /** Follows new settings without a page reload: another lab, backend or terminal is a clean switch. */
  configure(settings: SessionSettings): void {
    const { lab, backend, course } = this.#context.settings
    if (settings.lab !== lab || settings.backend !== backend || settings.course !== course) {
      this.#requests.stop()
      this.#api = this.#newApi(settings)
      this.#requests = this.#newRequests()
    }
    this.#dispatch({ type: 'configure', settings })
  }

  start(): void {
    const { page } = this.#deps
    this.#unsubscribe ??= page.subscribe((news) => this.#dispatch({ type: 'page', news }))
    this.#dispatch({ type: 'start', visible: page.visible, online: page.online })
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#dispatch({ type: 'stop' })
  }

  /** Launches the lab, wakes it, or tries again: all are `start` to the server, which is idempotent. */
  launch(): void {
    this.#dispatch({ type: 'command', command: 'launch' })
  }

  /** The same as `launch`, for a lab that is there. */
  resume(): void {
    this.#dispatch({ type: 'command', command: 'resume' })
  }

  suspend(): void {
    this.#dispatch({ type: 'command', command: 'suspend' })
  }

  /** Deletes the lab with its work and builds it anew. */
  reset(): void {
    this.#dispatch({ type: 'command', command: 'reset' })
  }

  /** A new link, or at once the try that is waited for. */
  reconnect(): void {
    this.#dispatch({ type: 'command', command: 'reconnect' })
  }

  /** Keeps the lab running: the person is here. */
  extend(): void {
    this.#dispatch({ type: 'command', command: 'extend' })
  }

  /** The element passes what its display notifies. */
  displayEvent(event: DisplayEvent): void {
    if (event.type === 'input') this.#dispatch({ type: 'page', news: 'input' })
    else this.#links.displayEvent(event)
  }

  #newApi(settings: SessionSettings): LabApi {
    const { fetch, voucher } = this.#deps
    return new LabApi(settings, voucher, { fetch, timers: this.#deps, random: () => this.#deps.random() })
  }

  #newRequests(): Requests {
    return new Requests(this.#api, {
      live: (watch) => this.#dispatch({ type: 'live', watch }),
      status: (watch, status) => this.#dispatch({ type: 'status', watch, status }),
      lost: (watch, problem) => this.#dispatch({ type: 'lost', watch, problem }),
      answered: (request, watch, status) => this.#dispatch({ type: 'answered', request, watch, status }),
      failed: (request, problem) => this.#dispatch({ type: 'failed', request, problem }),
    })
  }

  /** One event at a time: what an effect or a listener sets off comes after it. */
  #dispatch(event: MachineEvent): void {
    this.#queue.push(event)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#step(next)
    } finally {
      this.#draining = false
    }
    this.#publish()
  }

  #step(event: MachineEvent): void {
    const moment = { now: this.#deps.now(), random: this.#deps.random() }
    const [context, ...effects] = step(this.#context, event, moment)
    this.#context = context
    for (const effect of effects) this.#run(effect)
    if (!context.active) this.#release()
  }

  /** Whatever is still under way ends: also what no effect names, such as a look at the status or a sign-in. */
  #release(): void {
    this.#links.close()
    this.#requests.stop()
    this.#alarms.clear()
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'watch':
        if (effect.again) this.#api.signInAgain()
        this.#requests.watch(effect.watch)
        break
      case 'unwatch':
        this.#requests.unwatch(effect.watch)
        break
      case 'refresh':
        this.#requests.look(effect.watch)
        break
      case 'ask':
        this.#requests.ask(effect.request, effect.action, effect.watch)
        break
      case 'cancel':
        this.#requests.cancel(effect.request)
        break
      case 'connect':
        this.#links.open(effect.link, effect.terminal)
        break
      case 'disconnect':
        this.#links.close(effect.link)
        break
      case 'alarm':
        this.#alarms.set(effect.name, effect.at)
        break
      case 'announce':
        this.#announce(effect.suspendAt)
        break
      case 'tell':
        this.dispatchEvent(new ProblemEvent(effect.problem))
        break
      default:
        effect satisfies never
    }
  }

  #announce(suspendAt: number): void {
    const kept = !this.dispatchEvent(new IdleEvent(secondsLeft(suspendAt, this.#deps.now())))
    if (kept) this.extend()
  }

  #publish(): void {
    const before = this.#shown
    const after = shownOf(this.#context)
    if (sameShown(before, after)) return
    this.#shown = after
    this.dispatchEvent(new Event('change'))
    const problem = problemShown(after.state)
    if (problem && problem.code !== problemShown(before.state)?.code) this.dispatchEvent(new ProblemEvent(problem))
  }
}
