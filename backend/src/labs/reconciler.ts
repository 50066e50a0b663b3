import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { afterFailure } from './after-failure.js'
import { decide } from './decide.js'
import type { Decision, Rules } from './decision.js'
import type { HookRuns } from './hook-runs.js'
import type { CloudAction, HookEvent, Lab, LabChange, LabId } from './lab.js'
import type { Looks } from './looks.js'
import { isLeaving } from './outcome.js'
import { placementOf, usableClouds, whoIsNext } from './placement.js'
import type { Cloud, House, LabStore, Observed, Readiness, Seen, StackSecrets } from './ports.js'
import { stackName } from './stack-name.js'

/** A template names the servers that do not survive a resume in this output. */
const REBOOT_OUTPUT = 'reboot_on_resume'

export interface ReconcilerDeps {
  readonly store: LabStore
  readonly clouds: ReadonlyMap<string, Cloud>
  readonly labs: ReadonlyMap<string, LabConfig>
  readonly looks: Looks
  readonly readiness: Readiness
  readonly hooks: HookRuns
  readonly secrets: Pick<StackSecrets, 'forget'>
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
    let seen: Seen
    let outputs: Observed & { state: 'running' } = { state: 'running', outputs: {} }
    try {
      const observed = await this.#observe(lab, config)
      if (observed.state === 'running') outputs = observed
      seen = await this.#arrival(lab, observed, config)
    } catch (error) {
      await this.#failed(lab, 'observe', error, config)
      return
    }
    // Before the row says so: what is built next under this name has other keys.
    if (isGone(lab, seen)) await this.#deps.secrets.forget(id)
    let decision: Decision = { change: {} }
    const decideOn = (fresh: Lab, placement: Rules['placement']): LabChange => {
      // What was observed belongs to one stack; if the row moved on to another, look again instead.
      const same = fresh.stack === lab.stack && needsPlace(fresh) === needsPlace(lab)
      decision = same
        ? decide(fresh, seen, now(), { ...this.#rules(config), placement })
        : { change: { lookAt: now() } }
      return decision.change
    }
    const decided = needsPlace(lab)
      ? await store.place(id, (fresh, house) => decideOn(fresh, this.#placement(fresh, house)))
      : await store.update(id, (fresh) => decideOn(fresh, stays(fresh)))
    this.#tell(lab, decided)
    await this.#after(lab, decided, decision)
    if (decision.hook) this.#deps.hooks.start(decided, config, decision.hook, outputs.outputs)
    if (!decision.call) return
    try {
      await this.#call(decided, decision.call)
    } catch (error) {
      await this.#failed(decided, decision.call, error, config)
    }
  }

  async #observe(lab: Lab, config: LabConfig): Promise<Observed> {
    if (lab.stack === null || lab.cloud === null) return { state: 'absent' }
    const outputs = isArriving(lab) || config.hooks !== undefined
    return this.#deps.looks.observe(this.#cloud(lab.cloud), lab, { lab, stack: lab.stack }, outputs)
  }

  /** A lab on its way to its learner has arrived when its terminals answer, and not before. */
  async #arrival(lab: Lab, observed: Observed, config: LabConfig): Promise<Seen> {
    if (observed.state !== 'running' || !isArriving(lab)) return observed
    const reboots = lab.phase === 'resuming' && !lab.rebooted && REBOOT_OUTPUT in observed.outputs
    if (reboots && lab.cloud !== null && this.#cloud(lab.cloud).reboot) return { state: 'unbooted' }
    const answer = await this.#deps.readiness.probe(lab, config, observed.outputs)
    if (answer.ready) return observed
    if (!answer.final) return { state: 'unready', why: answer.why }
    return { state: 'failed', action: lab.phase === 'launching' ? 'create' : 'resume', reason: answer.why }
  }

  async #call(lab: Lab, action: CloudAction | 'reboot'): Promise<void> {
    if (lab.stack === null || lab.cloud === null) return
    const cloud = this.#cloud(lab.cloud)
    const ref = { lab, stack: lab.stack }
    if (action !== 'reboot') return cloud[action](ref)
    await cloud.reboot?.(ref)
    await this.#deps.store.update(lab.id, () => ({ rebooted: true, attempts: 0 }))
  }

  /** What follows from a change for others: the estimate, and whoever waits for the room that it left. */
  async #after(before: Lab, decided: Lab, decision: Decision): Promise<void> {
    const { store, now, labs } = this.#deps
    if (decision.finished) await store.recordDuration(before.name, decision.finished.kind, decision.finished.seconds)
    const leftRoom = before.cloud !== null && decided.cloud !== before.cloud
    const leftLine = before.queuedAt !== null && decided.queuedAt === null
    if (!leftRoom && !leftLine) return
    for (const id of whoIsNext(await store.house(), labs)) {
      if (id !== decided.id) await store.update(id, ({ phase }) => (phase === 'queued' ? { lookAt: now() } : undefined))
    }
  }

  async #failed(lab: Lab, call: CloudAction | 'reboot' | 'observe', thrown: unknown, config: LabConfig): Promise<void> {
    const { store, now, log } = this.#deps
    const error =
      thrown instanceof LabError
        ? thrown
        : new LabError('cloud/unreachable', { cause: thrown, message: String(thrown) })
    log.warn({ lab: lab.id, name: lab.name, cloud: lab.cloud, call, code: error.code, err: error }, 'cloud call failed')
    const after = await store.update(lab.id, (fresh): LabChange | undefined =>
      fresh.stack === lab.stack ? afterFailure(fresh, call, error, now(), this.#rules(config)) : undefined,
    )
    await this.#after(lab, after, { change: {} })
  }

  #rules(config: LabConfig): Omit<Rules, 'placement'> {
    const hooks = new Set(Object.keys(config.hooks ?? {}) as HookEvent[])
    return { policy: config.policy, clouds: usableClouds(config).map(({ name }) => name), hooks }
  }

  #placement(lab: Lab, house: House): Rules['placement'] {
    return placementOf(lab, house, this.#deps.labs)
  }

  #cloud(name: string): Cloud {
    const cloud = this.#deps.clouds.get(name)
    if (!cloud) throw new LabError('cloud/misconfigured', { message: `cloud ${name} is not configured any more` })
    return cloud
  }

  #tell(before: Lab, after: Lab): void {
    if (before.phase === after.phase) return
    const { id, name, reason, cloud } = after
    const why = after.phase === 'failed' && reason !== null ? { reason } : {}
    this.#deps.log.info({ lab: id, name, cloud, from: before.phase, to: after.phase, ...why }, 'lab')
  }
}

/** Whether what comes next may be a new place: the clouds are counted, alone, only for these. */
function needsPlace(lab: Lab): boolean {
  return lab.stack === null || lab.resetting || isLeaving(lab)
}

/** Its learner waits for its terminals to answer. */
function isArriving(lab: Lab): boolean {
  const underWay = lab.phase === 'launching' || lab.phase === 'resuming'
  return lab.desired === 'running' && underWay && !lab.resetting && !isLeaving(lab)
}

/** Its stack was there and is not any more. One that is being launched may be on its way, whatever a look says. */
function isGone(lab: Lab, seen: Seen): boolean {
  return seen.state === 'absent' && lab.stack !== null && lab.phase !== 'launching'
}

/** A lab that exists stays on its cloud. */
function stays(lab: Lab): Rules['placement'] {
  return lab.cloud === null ? 'nowhere' : { cloud: lab.cloud, stack: lab.stack ?? stackName(lab) }
}
