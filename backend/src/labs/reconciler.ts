import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { afterFailure, type Decision, decide } from './decide.js'
import type { CloudAction, Lab, LabChange, LabId } from './lab.js'
import type { Cloud, LabStore, Observed } from './ports.js'
import { stackName } from './stack-name.js'

/** Looks nearer than this are kept by a timer here; the job in the database stays as the safety net. */
const NEAR_MS = 10_000
/** Another replica is at it: it may have read before our change. */
const BUSY_RETRY_MS = 200

export interface ReconcilerDeps {
  readonly store: LabStore
  readonly clouds: ReadonlyMap<string, Cloud>
  readonly labs: ReadonlyMap<string, LabConfig>
  readonly now: () => Date
  readonly log: BaseLogger
}

/** Takes each lab to where it is wanted: look, decide, at most one call, and say when to look again. */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  readonly #timers = new Map<LabId, NodeJS.Timeout>()
  #stopped = false

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
  }

  /** Safe at any time, from any replica, any number of times. */
  async run(id: LabId): Promise<void> {
    if (this.#stopped) return
    this.#clear(id)
    let next: Date | null = null
    const had = await this.#deps.store.exclusively(id, async () => {
      next = await this.#step(id)
    })
    this.#plan(id, had ? next : new Date(this.#deps.now().getTime() + BUSY_RETRY_MS))
  }

  /** No timer is left; a step under way ends by itself. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  async #step(id: LabId): Promise<Date | null> {
    const { store, now } = this.#deps
    const lab = await store.get(id)
    const config = lab && this.#deps.labs.get(lab.name)
    if (!lab || !config) return null
    let observed: Observed
    try {
      observed = await this.#observe(lab)
    } catch (error) {
      return (await this.#failed(lab, 'observe', error, config)).lookAt
    }
    let decision: Decision = { change: {} }
    const decided = await store.update(id, (fresh) => {
      // What was observed belongs to one stack; if the row moved on to another, look again instead.
      decision =
        fresh.stack === lab.stack
          ? decide(fresh, observed, now(), { policy: config.policy, placement: this.#placement(fresh, config) })
          : { change: { lookAt: now() } }
      return decision.change
    })
    this.#tell(lab, decided)
    if (decision.finished) {
      await store.recordDuration(lab.name, decision.finished.kind, decision.finished.seconds)
    }
    if (!decision.call) return decided.lookAt
    try {
      await this.#call(decided, decision.call)
    } catch (error) {
      return (await this.#failed(decided, decision.call, error, config)).lookAt
    }
    return decided.lookAt
  }

  async #observe(lab: Lab): Promise<Observed> {
    if (lab.stack === null || lab.cloud === null) return { state: 'absent' }
    return this.#cloud(lab.cloud).observe({ lab, stack: lab.stack })
  }

  async #call(lab: Lab, action: CloudAction): Promise<void> {
    if (lab.stack === null || lab.cloud === null) return
    await this.#cloud(lab.cloud)[action]({ lab, stack: lab.stack })
  }

  async #failed(lab: Lab, call: CloudAction | 'observe', thrown: unknown, config: LabConfig): Promise<Lab> {
    const { store, now, log } = this.#deps
    const error =
      thrown instanceof LabError
        ? thrown
        : new LabError('cloud/unreachable', { cause: thrown, message: String(thrown) })
    log.warn({ lab: lab.id, name: lab.name, cloud: lab.cloud, call, code: error.code, err: error }, 'cloud call failed')
    return store.update(lab.id, (fresh): LabChange => afterFailure(fresh, call, error, now(), config.policy))
  }

  #placement(lab: Lab, config: LabConfig): { cloud: string; stack: string } {
    const first = config.clouds[0]
    if (!first) throw new LabError('cloud/misconfigured', { message: `lab ${config.name} names no cloud` })
    return { cloud: first.name, stack: stackName(lab) }
  }

  #cloud(name: string): Cloud {
    const cloud = this.#deps.clouds.get(name)
    if (!cloud) throw new LabError('cloud/misconfigured', { message: `cloud ${name} is not configured any more` })
    return cloud
  }

  #tell(before: Lab, after: Lab): void {
    if (before.phase === after.phase) return
    this.#deps.log.info({ lab: after.id, name: after.name, from: before.phase, to: after.phase }, 'lab')
  }

  #plan(id: LabId, at: Date | null): void {
    if (this.#stopped || at === null) return
    const wait = at.getTime() - this.#deps.now().getTime()
    if (wait > NEAR_MS) return
    this.#clear(id)
    const timer = setTimeout(
      () => {
        this.#timers.delete(id)
        this.run(id).catch((error: unknown) => this.#deps.log.error({ lab: id, err: error }, 'reconcile failed'))
      },
      Math.max(0, wait),
    )
    this.#timers.set(id, timer)
  }

  #clear(id: LabId): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }
}
