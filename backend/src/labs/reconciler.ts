import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { afterFailure, decide } from './decide.js'
import type { CloudAction, Lab, LabChange, LabId } from './lab.js'
import type { Decision } from './outcome.js'
import type { Cloud, LabStore, Observed } from './ports.js'
import { stackName } from './stack-name.js'

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

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
  }

  /**
   * Safe at any time, from any replica, any number of times. When to look again is written in the row (`lookAt`).
   * `false` when another replica is at it: it may have read the row before the change that made us look.
   */
  async run(id: LabId): Promise<boolean> {
    return this.#deps.store.exclusively(id, () => this.#step(id))
  }

  async #step(id: LabId): Promise<void> {
    const { store, now } = this.#deps
    const lab = await store.get(id)
    const config = lab && this.#deps.labs.get(lab.name)
    if (!lab || !config) return
    let observed: Observed
    try {
      observed = await this.#observe(lab)
    } catch (error) {
      await this.#failed(lab, 'observe', error, config)
      return
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
    if (!decision.call) return
    try {
      await this.#call(decided, decision.call)
    } catch (error) {
      await this.#failed(decided, decision.call, error, config)
    }
  }

  async #observe(lab: Lab): Promise<Observed> {
    if (lab.stack === null || lab.cloud === null) return { state: 'absent' }
    return this.#cloud(lab.cloud).observe({ lab, stack: lab.stack })
  }

  async #call(lab: Lab, action: CloudAction): Promise<void> {
    if (lab.stack === null || lab.cloud === null) return
    await this.#cloud(lab.cloud)[action]({ lab, stack: lab.stack })
  }

  async #failed(lab: Lab, call: CloudAction | 'observe', thrown: unknown, config: LabConfig): Promise<void> {
    const { store, now, log } = this.#deps
    const error =
      thrown instanceof LabError
        ? thrown
        : new LabError('cloud/unreachable', { cause: thrown, message: String(thrown) })
    log.warn({ lab: lab.id, name: lab.name, cloud: lab.cloud, call, code: error.code, err: error }, 'cloud call failed')
    await store.update(lab.id, (fresh): LabChange => afterFailure(fresh, call, error, now(), config.policy))
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
}
