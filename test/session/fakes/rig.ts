/** A session with everything around it under the test's hand. */
import type { Status } from '../../../src/core/state.js'
import { IdleEvent, ProblemEvent } from '../../../src/session/events.js'
import { LabSession, type SessionSettings } from '../../../src/session/session.js'
import type { TokenRequest } from '../../../src/session/token.js'
import { type ProblemCode, problemOf } from '../../../src/wire/problems.js'
import { FakeBackend } from './backend.js'
import { FakeClock, settled } from './clock.js'
import { FakeDisplay } from './display.js'
import { FakePage } from './page.js'

export const SETTINGS: SessionSettings = {
  lab: 'ceph',
  backend: 'https://labs.test',
  launch: 'auto',
  resume: 'focus',
  readOnly: false,
  hiddenLab: false,
}

export class Rig {
  readonly clock = new FakeClock()
  readonly page = new FakePage()
  readonly backend = new FakeBackend(() => this.clock.now())
  readonly statuses: Status[] = []
  readonly problems: ProblemCode[] = []
  readonly tokens: TokenRequest[] = []
  readonly idles: number[] = []
  readonly display: FakeDisplay
  readonly session: LabSession
  random = () => 0.5
  token: (request: TokenRequest) => Promise<string> = async () => 'signed.token'
  makeDisplay: () => Promise<FakeDisplay> = async () => this.display
  /** Cancels the idle prompt. */
  keep = false

  constructor(settings: Partial<SessionSettings> = {}) {
    this.session = new LabSession(
      { ...SETTINGS, ...settings },
      {
        fetch: (input, init) => this.backend.fetch(input, init),
        now: () => this.clock.now(),
        setTimeout: (callback, ms) => this.clock.setTimeout(callback, ms),
        clearTimeout: (id) => this.clock.clearTimeout(id),
        random: () => this.random(),
        voucher: async (request) => {
          this.tokens.push(request)
          return { request: { grant: 'jwt', token: await this.token(request) } }
        },
        display: () => this.makeDisplay(),
        page: this.page,
      },
    )
    this.display = new FakeDisplay((event) => this.session.displayEvent(event))
    this.session.addEventListener('change', () => {
      const { name } = this.session.state
      if (this.statuses.at(-1) !== name) this.statuses.push(name)
    })
    this.session.addEventListener('problem', (event) => {
      if (event instanceof ProblemEvent) this.problems.push(event.problem.code)
    })
    this.session.addEventListener('idle', (event) => {
      if (!(event instanceof IdleEvent)) return
      this.idles.push(event.secondsLeft)
      if (this.keep) event.preventDefault()
    })
  }

  get status(): Status {
    return this.session.state.name
  }

  async start(): Promise<this> {
    this.session.start()
    await settled()
    return this
  }

  /** Up to a terminal that answers. */
  async connect(): Promise<this> {
    await this.start()
    this.display.ready()
    await settled()
    return this
  }

  async cut(code: ProblemCode = 'link/lost'): Promise<void> {
    this.display.close(problemOf(code))
    await settled()
  }

  /** What is left: nothing, after a stop. */
  get left(): { timers: number; listeners: number; requests: number; linked: boolean } {
    return {
      timers: this.clock.pending,
      listeners: this.page.listeners,
      requests: this.backend.pending,
      linked: this.display.linked,
    }
  }
}
