import { expect } from '@open-wc/testing'
import type { ProblemCode } from '../../src/wire/problems.js'
import type { LabPhase } from '../../src/wire/schema.js'
import { settled } from './fakes/clock.js'
import { Rig, SETTINGS } from './fakes/rig.js'

const STEPS = 1_000
const SEEDS = [1, 20_260_101, 0xc0ffee]
const CLOSINGS = [
  'link/lost',
  'lab/paused',
  'lab/not-running',
  'link/shell-unreachable',
  'link/login-refused',
  'server/stopping',
] as const
const FAULTS = [
  'network',
  'hang',
  'server/internal',
  'request/too-many',
  'auth/no-session',
  'auth/forbidden',
  'lab/queue-full',
] as const
const PATHS = ['', '/events', '/v1/labs/ceph', '/tickets', '/start', '/suspend', '/touch', '/v1/sessions'] as const
const PHASES: readonly LabPhase[] = [
  'absent',
  'queued',
  'launching',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'resetting',
  'failed',
]

/** mulberry32: the same steps for the same seed. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

class Fuzz {
  readonly rig = new Rig()
  readonly random: () => number
  /** Links that had their proof, by ticket. */
  readonly proven = new Set<string>()
  running = true
  /** The person came, acted or asked since the lab was paused. */
  present = true
  typed = 0
  /** Times that the server was asked to start, when last looked at. */
  starts = 0
  log: string[] = []

  constructor(seed: number) {
    this.random = dice(seed)
    this.rig.random = this.random
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.random() * list.length)]
    if (picked === undefined) throw new Error('nothing to pick')
    return picked
  }

  readonly actions: Readonly<Record<string, () => unknown>> = {
    focus: () => this.person(() => this.rig.page.tell('focus')),
    visible: () => this.person(() => this.rig.page.tell('visible')),
    input: () => this.person(() => this.rig.page.tell('input')),
    typing: () =>
      this.person(() => {
        this.typed += 1
        this.rig.display.send(String(this.typed))
        this.rig.session.displayEvent({ type: 'input' })
      }),
    launch: () => this.person(() => this.rig.session.launch()),
    resume: () => this.person(() => this.rig.session.resume()),
    reset: () => this.person(() => this.rig.session.reset()),
    terminal: () =>
      this.person(() =>
        this.rig.session.configure({ ...SETTINGS, terminal: this.pick(['deploy', 'desktop', 'none']) }),
      ),
    mode: () => this.person(() => this.rig.session.configure({ ...SETTINGS, hiddenLab: this.random() < 0.3 })),
    return: () => this.person(() => this.rig.page.tell('return')),
    start: () =>
      this.person(() => {
        this.running = true
        this.rig.session.start()
      }),
    stop: async () => {
      this.running = false
      this.rig.session.stop()
      await settled()
      expect(this.rig.left).to.deep.equal({ timers: 0, listeners: 0, requests: 0, linked: false })
    },
    leave: () => this.rig.page.tell('leave'),
    suspend: () => this.rig.session.suspend(),
    extend: () => this.rig.session.extend(),
    reconnect: () => this.rig.session.reconnect(),
    blur: () => this.rig.page.tell('blur'),
    hidden: () => this.rig.page.tell('hidden'),
    online: () => this.rig.page.tell('online'),
    offline: () => this.rig.page.tell('offline'),
    ready: () => this.ready(),
    close: () => this.rig.cut(this.pick(CLOSINGS)),
    exit: () => this.rig.session.displayEvent({ type: this.pick(['exited', 'opened']) }),
    wait: () => this.rig.clock.advance(this.pick([1, 100, 1_000, 16_000, 31_000])),
    long: () => this.rig.clock.advance(900_000),
    reconcile: () => this.reconcile(),
    change: () =>
      this.rig.backend.change({
        phase: this.pick(PHASES),
        desired: this.pick(['absent', 'suspended', 'running'] as const),
      }),
    deadline: () =>
      this.rig.backend.change({ warnAt: this.rig.backend.iso(10_000), suspendAt: this.rig.backend.iso(70_000) }),
    replay: () => this.rig.backend.push({ ...this.rig.backend.status, rev: 0, phase: 'failed' }),
    garbage: () => this.rig.backend.write(this.pick(['data: {}\n\n', ': hm\n\n', 'data: x', '\n\n'])),
    drop: () => this.rig.backend.endStreams(),
    revoke: () => this.rig.backend.revoke(),
    restart: () => {
      this.rig.backend.status = { ...this.rig.backend.status, rev: 1 }
      this.rig.backend.endStreams()
    },
    fault: () => this.rig.backend.faults.set(this.pick(PATHS), this.pick<ProblemCode | 'network' | 'hang'>(FAULTS)),
    mend: () => this.rig.backend.faults.clear(),
    refuse: () => {
      this.rig.token = () => Promise.reject(new Error('no'))
    },
    admit: () => {
      this.rig.token = async () => 'signed.token'
    },
    pause: () => this.pause(),
  }

  person(act: () => void): void {
    this.present = true
    act()
  }

  ready(): void {
    const ticket = this.rig.display.tickets.at(-1)
    if (this.rig.display.linked && ticket) this.proven.add(ticket.ticket)
    this.rig.display.ready()
  }

  reconcile(): void {
    const { phase, desired } = this.rig.backend.status
    if (phase === 'suspending') this.rig.backend.change({ phase: 'suspended' })
    else if (desired === 'running' && phase === 'suspended') this.rig.backend.change({ phase: 'resuming' })
    else if (desired === 'running' && phase === 'absent') this.rig.backend.change({ phase: 'launching' })
    else if (phase !== desired) this.rig.backend.change({ phase: desired })
  }

  /** The server pauses a lab that runs, when the page is in step with it. */
  async pause(): Promise<void> {
    this.rig.backend.faults.clear()
    this.rig.backend.change({ phase: 'running', desired: 'running' })
    await this.rig.clock.advance(60_000)
    if (this.rig.session.state.name !== 'connected' && this.rig.session.state.name !== 'connecting') return
    this.present = false
    this.starts = this.rig.backend.count('/start')
    this.rig.backend.change({ phase: 'suspended', desired: 'suspended' })
  }

  async step(): Promise<void> {
    const name = this.pick(Object.keys(this.actions))
    this.log.push(name)
    this.starts = this.rig.backend.count('/start')
    await this.actions[name]?.()
    await settled()
    this.check(name)
  }

  check(name: string): void {
    const { rig } = this
    const at = `after ${this.log.slice(-12).join(', ')}`
    expect(rig.display.faults, at).to.deep.equal([])
    expect(rig.backend.streams.size, at).to.be.at.most(1)
    const { state } = rig.session
    if (state.name === 'connected' && state.shell !== 'none') {
      expect(rig.display.linked, `linked ${at}`).to.equal(true)
      expect(this.proven.has(rig.display.tickets.at(-1)?.ticket ?? ''), `proven ${at}`).to.equal(true)
    }
    if (!this.present) expect(rig.backend.count('/start'), `not woken ${at} (${name})`).to.equal(this.starts)
    // Typed keys reach the display once, from the person, never from the session.
    expect(rig.display.sent.length, at).to.equal(this.typed)
  }

  /** Everything works again and the person asks: whatever was before, they get their terminal. */
  async recover(): Promise<void> {
    const { rig } = this
    rig.backend.faults.clear()
    rig.token = async () => 'signed.token'
    rig.session.start()
    rig.page.tell('return')
    rig.session.configure(SETTINGS)
    rig.page.tell('visible')
    for (let round = 0; round < 20 && rig.status !== 'connected'; round += 1) {
      rig.session.resume()
      await rig.clock.advance(3_000)
      this.reconcile()
      await settled()
      this.ready()
      await settled()
    }
    expect(rig.status, `recovers after ${this.log.slice(-40).join(', ')}`).to.equal('connected')
  }
}

describe('a session in a storm', () => {
  for (const seed of SEEDS) {
    it(`keeps its promises through ${STEPS} steps (seed ${seed})`, async function () {
      this.timeout(120_000)
      const fuzz = new Fuzz(seed)
      await fuzz.rig.start()
      for (let step = 1; step <= STEPS; step += 1) {
        await fuzz.step()
        if (step % 100 === 0) await fuzz.recover()
      }
      fuzz.rig.session.stop()
      await settled()
      expect(fuzz.rig.left).to.deep.equal({ timers: 0, listeners: 0, requests: 0, linked: false })
    })
  }
})
