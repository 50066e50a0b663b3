/** The domain with clouds in memory and a clock of the test's own: labs are looked at when they are due. */

import { pino } from 'pino'
import { FleetingSecrets } from '../../../src/cli/fleeting-secrets.js'
import type { LabConfig } from '../../../src/config/config.js'
import { HookRuns } from '../../../src/labs/hook-runs.js'
import type { HookEvent, Lab } from '../../../src/labs/lab.js'
import { Labs, type Wish } from '../../../src/labs/labs.js'
import { Looks } from '../../../src/labs/looks.js'
import type { Answer, Arrival } from '../../../src/labs/ports.js'
import { Reconciler } from '../../../src/labs/reconciler.js'
import { stackName } from '../../../src/labs/stack-name.js'
import { Sweep } from '../../../src/labs/sweep.js'
import { FakeCloud } from '../../fakes/cloud.js'
import { FakeLabStore, T0 } from '../../fakes/lab-store.js'
import { FakeStrays } from '../../fakes/strays.js'

export const SECOND = 1_000
export const MIN = 60 * SECOND
export const DAY = 24 * 60 * MIN

/** A lab `ceph-101` on the cloud `a`; tests change what matters to them. */
export function labConfig(change: Partial<LabConfig> = {}): LabConfig {
  return {
    name: 'ceph-101',
    title: 'Ceph',
    clouds: [{ name: 'a' }],
    terminals: [],
    policy: {
      idleWarn: 10 * MIN,
      idleSuspend: 12 * MIN,
      leaveGrace: 2 * MIN,
      deleteAfter: 14 * DAY,
      launchTimeout: 15 * MIN,
    },
    ...change,
  }
}

export class World {
  readonly store: FakeLabStore
  readonly clouds: ReadonlyMap<string, FakeCloud>
  readonly configs: ReadonlyMap<string, LabConfig>
  readonly labs: Labs
  readonly reconciler: Reconciler
  readonly sweep: Sweep
  readonly strays: FakeStrays
  /** What the terminals answer; ready unless a test says otherwise. */
  answer: Answer = { ready: true }
  /** For which the terminals were asked, in order. */
  readonly arrivals: Arrival[] = []
  /** What happens when a hook runs. */
  hook: (event: HookEvent) => Promise<void> = async () => undefined
  readonly ran: HookEvent[] = []
  /** The outputs that the last hook was given. */
  hookOutputs: Readonly<Record<string, string>> = {}
  #time = T0

  constructor(configs: readonly LabConfig[] = [labConfig()], clouds: readonly string[] = ['a', 'b']) {
    const now = (): Date => this.#time
    const log = pino({ level: 'silent' })
    const store = new FakeLabStore(now)
    this.store = store
    this.clouds = new Map(clouds.map((name) => [name, new FakeCloud(name, now)]))
    this.configs = new Map(configs.map((config) => [config.name, config]))
    this.labs = new Labs({ store, clouds: this.clouds, configs: this.configs, now, log })
    this.strays = new FakeStrays(now)
    this.sweep = new Sweep({ store, strays: this.strays, clouds: this.clouds, now, log })
    const hooks = new HookRuns({
      ...{ store, now, log },
      hooks: {
        run: (_lab, _config, event, outputs) => {
          this.ran.push(event)
          this.hookOutputs = outputs
          return this.hook(event)
        },
      },
    })
    this.reconciler = new Reconciler({
      secrets: new FleetingSecrets(),
      ...{ store, clouds: this.clouds, labs: this.configs, hooks, now, log },
      looks: new Looks({ now: () => this.#time.getTime(), sleep: async () => undefined }),
      readiness: {
        probe: async ({ id, cloud, startedAt }) => {
          this.arrivals.push({ id, cloud, startedAt })
          return this.answer
        },
      },
    })
  }

  get now(): Date {
    return this.#time
  }

  cloud(name = 'a'): FakeCloud {
    const cloud = this.clouds.get(name)
    if (!cloud) throw new Error(`no cloud ${name}`)
    return cloud
  }

  key(subject = 'ada', name = 'ceph-101') {
    return { issuer: 'https://lms.example.org', subject, name }
  }

  stack(subject = 'ada', name = 'ceph-101'): string {
    return stackName(this.key(subject, name))
  }

  async wish(wish: Wish, subject = 'ada', name = 'ceph-101'): Promise<void> {
    await this.labs.wish(this.key(subject, name), wish)
  }

  async lab(subject = 'ada', name = 'ceph-101'): Promise<Lab> {
    return await this.store.ensure(this.key(subject, name))
  }

  async phase(subject = 'ada', name = 'ceph-101'): Promise<Lab['phase']> {
    return (await this.lab(subject, name)).phase
  }

  /** Looks at every lab that is due, until none is. */
  async settle(): Promise<void> {
    for (;;) {
      const due = this.store.due(this.#time)
      if (due.length === 0) return
      for (const id of due) {
        const before = this.store.labs.get(id)?.rev
        await this.reconciler.run(id)
        await new Promise((resolve) => setImmediate(resolve))
        // A look that changes nothing is not made again at the same instant.
        if (this.store.labs.get(id)?.rev === before) await this.store.update(id, () => ({ lookAt: null }))
      }
    }
  }

  /** Lets time pass, with every look in it at its time. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#time.getTime() + milliseconds
    await this.settle()
    for (;;) {
      const next = this.store.nextLook()
      if (next === undefined || next.getTime() > end) break
      if (next > this.#time) this.#time = next
      await this.settle()
    }
    this.#time = new Date(end)
    await this.settle()
  }

  /** A lab that runs, launched as a learner does. */
  async running(subject = 'ada', name = 'ceph-101'): Promise<void> {
    await this.wish('start', subject, name)
    await this.settle()
    for (const cloud of this.clouds.values()) cloud.finish()
    await this.pass(2 * SECOND)
  }

  async suspended(subject = 'ada', name = 'ceph-101'): Promise<void> {
    await this.running(subject, name)
    await this.wish('suspend', subject, name)
    await this.settle()
    for (const cloud of this.clouds.values()) cloud.finish()
    await this.pass(2 * SECOND)
  }
}
