/** Runs the pure machine by hand: what happened goes in, what is to be done is kept for the test to look at. */
import { type Context, initial, type Settings } from '../../../src/core/context.js'
import type { AlarmName, Effect } from '../../../src/core/effects.js'
import { type Event, step } from '../../../src/core/machine.js'
import type { State } from '../../../src/core/state.js'
import { stateOf } from '../../../src/core/view.js'
import { type ProblemCode, problemOf } from '../../../src/wire/problems.js'
import type { LabStatus } from '../../../src/wire/schema.js'

export const NOON = Date.parse('2026-01-01T12:00:00Z')

export const SETTINGS: Settings = {
  lab: 'ceph',
  backend: 'https://labs.test',
  launch: 'auto',
  resume: 'focus',
  hiddenLab: false,
}

export function iso(time: number): string {
  return new Date(time).toISOString()
}

/** The okay-baseline: a running lab with one terminal, whose clock is the page's. */
export function labStatus(change: Partial<LabStatus> = {}): LabStatus {
  return {
    lab: 'ceph',
    title: 'Ceph',
    phase: 'running',
    desired: 'running',
    rev: 1,
    since: iso(NOON),
    now: iso(NOON),
    terminals: [
      { name: 'deploy', title: 'Deploy', protocol: 'ssh', display: 'xterm' },
      { name: 'desktop', title: 'Desktop', protocol: 'rdp', display: 'guacamole' },
    ],
    ...change,
  }
}

export class Brain {
  context: Context
  now = NOON
  random = 0.5
  /** Of the last event. */
  effects: Effect[] = []
  #rev = 1

  constructor(settings: Partial<Settings> = {}) {
    this.context = initial({ ...SETTINGS, ...settings })
  }

  get state(): State {
    return stateOf(this.context)
  }

  get link(): number {
    const { link } = this.context
    return 'id' in link ? link.id : -1
  }

  get request(): number {
    const { wish, idle } = this.context
    return wish.name === 'asking' ? wish.id : (idle.touching ?? -1)
  }

  send(event: Event): this {
    const [context, ...effects] = step(this.context, event, { now: this.now, random: this.random })
    this.context = context
    this.effects = effects
    return this
  }

  start(visible = true): this {
    return this.send({ type: 'start', visible, online: true })
  }

  live(): this {
    return this.send({ type: 'live', watch: this.context.epoch })
  }

  /** A newer status of the lab. */
  hear(change: Partial<LabStatus> = {}): this {
    this.#rev += 1
    const status = labStatus({ rev: this.#rev, now: iso(this.now), ...change })
    return this.send({ type: 'status', watch: this.context.epoch, status })
  }

  lose(code: ProblemCode = 'server/unreachable'): this {
    return this.send({ type: 'lost', watch: this.context.epoch, problem: problemOf(code) })
  }

  ready(): this {
    return this.send({ type: 'ready', link: this.link, readOnly: false })
  }

  close(code: ProblemCode = 'link/lost'): this {
    return this.send({ type: 'closed', link: this.link, problem: problemOf(code) })
  }

  answer(change: Partial<LabStatus> = {}): this {
    this.#rev += 1
    const status = labStatus({ rev: this.#rev, now: iso(this.now), ...change })
    return this.send({ type: 'answered', request: this.request, watch: this.context.epoch, status })
  }

  refuse(code: ProblemCode): this {
    return this.send({ type: 'failed', request: this.request, problem: problemOf(code) })
  }

  ring(name: AlarmName): this {
    return this.send({ type: 'alarm', name })
  }

  after(ms: number): this {
    this.now += ms
    return this
  }

  page(news: Extract<Event, { type: 'page' }>['news']): this {
    return this.send({ type: 'page', news })
  }

  command(command: Extract<Event, { type: 'command' }>['command']): this {
    return this.send({ type: 'command', command })
  }

  /** What the last event asks of the server. */
  asked(): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'ask' ? [effect.action] : []))
  }

  did(type: Effect['type']): boolean {
    return this.effects.some((effect) => effect.type === type)
  }
}

/** Brains in every status, by name. */
export const STATUSES: Readonly<Record<string, () => Brain>> = {
  loading: () => new Brain().start(),
  'signed-out': () => new Brain().start().lose('auth/no-session'),
  absent: () => new Brain({ launch: 'click' }).start().hear({ phase: 'absent', desired: 'absent' }),
  queued: () => new Brain().start().live().hear({ phase: 'queued' }),
  launching: () => new Brain().start().live().hear({ phase: 'launching' }),
  resetting: () => new Brain().start().live().hear({ phase: 'resetting' }),
  deleting: () => new Brain({ launch: 'click' }).start().live().hear({ phase: 'deleting', desired: 'absent' }),
  connecting: () => new Brain().start().live().hear(),
  connected: () => new Brain().start().live().hear().ready(),
  'link lost': () => new Brain().start().live().hear().ready().close().close(),
  'link refused': () => new Brain().start().live().hear().close('link/login-refused'),
  'link for ever refused': () => new Brain().start().live().hear().close('link/host-key-changed'),
  'terminal unknown': () => new Brain({ terminal: 'nope' }).start().live().hear(),
  'ticket refused': () => new Brain().start().live().hear().close('auth/session-expired'),
  parked: () => new Brain().start().live().hear().ready().close('lab/paused'),
  'server lost': () => new Brain().start().lose().lose(),
  'server lost later': () =>
    new Brain().start().live().hear({ phase: 'suspended', desired: 'suspended' }).lose().lose().lose(),
  suspending: () => new Brain().start().live().hear().ready().hear({ phase: 'suspending', desired: 'suspended' }),
  paused: () => new Brain().start().live().hear().ready().hear({ phase: 'suspended', desired: 'suspended' }),
  'paused by hand': () =>
    new Brain().start().live().hear().ready().command('suspend').answer({ phase: 'suspended', desired: 'suspended' }),
  'waking in mid-suspend': () =>
    new Brain().start().live().hear().ready().hear({ phase: 'suspending', desired: 'running' }),
  'wake refused': () =>
    new Brain().start().live().hear({ phase: 'suspended', desired: 'suspended' }).refuse('lab/resume-failed'),
  failed: () =>
    new Brain()
      .start()
      .live()
      .hear({ phase: 'failed', problem: problemOf('lab/launch-failed') }),
  'failed for now': () =>
    new Brain()
      .start()
      .live()
      .hear({ phase: 'failed', problem: problemOf('cloud/unreachable') }),
  forbidden: () => new Brain().start().lose('auth/forbidden'),
}
