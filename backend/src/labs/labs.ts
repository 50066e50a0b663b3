import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { LabStatus } from '../../../src/wire/schema.js'
import { terminalOf } from '../../../src/wire/shells.js'
import type { LabConfig, TerminalConfig, UsageLimit } from '../config/config.js'
import type { Lab, LabChange, LabId, LabKey } from './lab.js'
import { positionOf } from './placement.js'
import type { Cloud, House, LabStore, Strays } from './ports.js'
import { toStatus } from './status.js'
import { isUsedUp } from './usage.js'
import * as wishes from './wishes.js'

export interface LabsDeps {
  readonly store: LabStore
  readonly clouds: ReadonlyMap<string, Cloud>
  readonly configs: ReadonlyMap<string, LabConfig>
  /** Stacks that no lab has, for the operator. */
  readonly strays?: Pick<Strays, 'count'>
  readonly usageLimit?: UsageLimit | undefined
  readonly now: () => Date
  readonly log: BaseLogger
}

/** Whoever waits in line is told of a new place this late at most, milliseconds. */
const LINE_EVERY_MS = 2_000

export type Wish = 'start' | 'suspend' | 'reset' | 'touch'

/** A terminal of a running lab, with what the gateway needs to reach it. Secrets inside. */
export interface Reached {
  readonly terminal: TerminalConfig
  /** All of the lab: some are the way to others. */
  readonly terminals: readonly TerminalConfig[]
  readonly outputs: Readonly<Record<string, string>>
}

/** What the rest of the backend asks of the labs. */
export class Labs {
  readonly #deps: LabsDeps
  readonly #watchers = new Map<LabId, Set<() => void>>()
  readonly #stopWatching: () => void
  #house: { readonly at: number; readonly read: Promise<House> } | undefined

  constructor(deps: LabsDeps) {
    this.#deps = deps
    this.#stopWatching = deps.store.watch((id) => {
      for (const watcher of this.#watchers.get(id) ?? []) watcher()
    })
  }

  /** Throws `lab/unknown`. */
  config(name: string): LabConfig {
    const config = this.#deps.configs.get(name)
    if (!config) throw new LabError('lab/unknown')
    return config
  }

  async status(key: LabKey): Promise<LabStatus> {
    return this.#status(await this.#deps.store.find(key), this.config(key.name))
  }

  /** `course`: where the wish comes from, for the ledger. */
  async wish(key: LabKey, wish: Wish, course?: string): Promise<LabStatus> {
    const { store } = this.#deps
    const config = this.config(key.name)
    // Only a start makes a row: looking at a lab, or leaving it, leaves no trace.
    const found = wish === 'start' ? await store.ensure(key) : await store.find(key)
    if (!found) return this.#status(undefined, config)
    const started = wish === 'start' ? await this.#started(found, course) : {}
    const changed = await store.update(found.id, (lab) => {
      const change = this.#change(lab, wish, config)
      return change && { ...change, ...started }
    })
    return this.#status(changed, config)
  }

  /** Typing seen by the gateway. */
  async touch(id: LabId): Promise<void> {
    await this.#update(id, (lab, config) => wishes.touch(lab, this.#deps.now(), config.policy))
  }

  /** Makes the row if there is none, so that a page can listen before anything is launched. */
  async idFor(key: LabKey): Promise<LabId> {
    this.config(key.name)
    return (await this.#deps.store.ensure(key)).id
  }

  /** Labs by phase. */
  async count(): Promise<ReadonlyMap<string, number>> {
    return await this.#deps.store.count()
  }

  /** Stacks that no lab has, by cloud. */
  async countStrays(): Promise<ReadonlyMap<string, number>> {
    return (await this.#deps.strays?.count()) ?? new Map()
  }

  async idOf(key: LabKey): Promise<LabId | undefined> {
    return (await this.#deps.store.find(key))?.id
  }

  /** A page is there. */
  async linkOpened(id: LabId, link: string): Promise<void> {
    await this.#deps.store.linkOpened(id, link)
    await this.#update(id, (lab, config) => wishes.returned(lab, config.policy))
  }

  /** It is not any more, and was last seen at `lastSeen`; when it was the last one, the lease shrinks to the grace. */
  async linkClosed(id: LabId, link: string, lastSeen: Date): Promise<void> {
    const remaining = await this.#deps.store.linkClosed(id, link)
    if (remaining === 0) await this.left(id, lastSeen)
  }

  async left(id: LabId, lastSeen: Date): Promise<void> {
    await this.#update(id, (lab, config) => wishes.left(lab, lastSeen, config.policy))
  }

  /** Looks at the cloud now: something did not answer as it should. */
  async look(id: LabId): Promise<void> {
    await this.#update(id, () => ({ lookAt: this.#deps.now() }))
  }

  /** Throws `lab/paused`, `lab/not-running` or `lab/terminal-unknown`. Asks no cloud. */
  async awake(id: LabId, terminalName: string): Promise<TerminalConfig> {
    return (await this.#awake(id, terminalName)).terminal
  }

  /** Throws what `awake` throws, or what the cloud throws. */
  async reach(id: LabId, terminalName: string): Promise<Reached> {
    const { terminal, terminals, lab, stack, cloud } = await this.#awake(id, terminalName)
    const observed = await cloud.observe({ lab, stack })
    if (observed.state === 'running') return { terminal, terminals, outputs: observed.outputs }
    await this.look(id)
    throw new LabError(observed.state === 'suspended' ? 'lab/paused' : 'lab/not-running')
  }

  async #awake(id: LabId, terminalName: string) {
    const lab = await this.#deps.store.get(id)
    if (!lab) throw new LabError('lab/unknown')
    const { terminals } = this.config(lab.name)
    const terminal = terminalOf(terminals, terminalName)
    if (!terminal) throw new LabError('lab/terminal-unknown')
    const { phase, stack } = lab
    if (phase === 'suspended' || phase === 'suspending') throw new LabError('lab/paused')
    if (phase !== 'running' || lab.cloud === null || stack === null) throw new LabError('lab/not-running')
    const cloud = this.#deps.clouds.get(lab.cloud)
    if (!cloud) throw new LabError('cloud/misconfigured', { message: `cloud ${lab.cloud} is not configured any more` })
    return { lab, terminal, terminals, stack, cloud }
  }

  /** Calls back with each new status of the lab, the present one first; returns the way to stop. */
  watch(id: LabId, name: string, listener: (status: LabStatus) => void): () => void {
    const config = this.config(name)
    let stopped = false
    let reading = false
    let again = false
    let next: NodeJS.Timeout | undefined
    const read = async (): Promise<void> => {
      // Many changes while one is read are told as one.
      if (reading) {
        again = true
        return
      }
      reading = true
      do {
        again = false
        const status = await this.#status(await this.#deps.store.get(id), config)
        if (!stopped) listener(status)
        // Its place changes with the labs of others.
        clearTimeout(next)
        if (status.phase === 'queued' && !stopped) next = setTimeout(watcher, LINE_EVERY_MS).unref()
      } while (again && !stopped)
      reading = false
    }
    const watcher = (): void => {
      read().catch((error: unknown) => {
        reading = false
        this.#deps.log.error({ lab: id, err: error }, 'status not read')
      })
    }
    const watchers = this.#watchers.get(id) ?? new Set()
    watchers.add(watcher)
    this.#watchers.set(id, watchers)
    watcher()
    return () => {
      stopped = true
      clearTimeout(next)
      watchers.delete(watcher)
      if (watchers.size === 0) this.#watchers.delete(id)
    }
  }

  close(): void {
    this.#stopWatching()
  }

  /** What a start puts down besides. Throws `lab/usage-limit` before anything is launched or resumed. */
  async #started(lab: Lab, course: string | undefined): Promise<LabChange> {
    const { store, now, usageLimit } = this.#deps
    const from = course === undefined ? {} : { course }
    if (usageLimit === undefined || lab.phase === 'running') return from
    const to = now()
    const used = await store.usage({ from: new Date(to.getTime() - usageLimit.within), to, learner: lab })
    if (!isUsedUp(used, usageLimit)) return { ...from, notice: null }
    if (usageLimit.over === 'block') throw new LabError('lab/usage-limit')
    return { ...from, notice: 'lab/usage-limit' }
  }

  #change(lab: Lab, wish: Wish, config: LabConfig): LabChange | undefined {
    const now = this.#deps.now()
    switch (wish) {
      case 'start':
        return wishes.start(lab, now, config.policy)
      case 'suspend':
        return wishes.suspend(lab, now, 'learner')
      case 'reset':
        return wishes.reset(lab, now, config.policy)
      case 'touch':
        return wishes.touch(lab, now, config.policy)
      default:
        return wish satisfies never
    }
  }

  async #update(id: LabId, change: (lab: Lab, config: LabConfig) => LabChange | undefined): Promise<void> {
    await this.#deps.store.update(id, (lab) => {
      const config = this.#deps.configs.get(lab.name)
      return config && change(lab, config)
    })
  }

  async #status(lab: Lab | undefined, config: LabConfig): Promise<LabStatus> {
    const { store, now } = this.#deps
    const resting = lab?.phase === 'running'
    const [launch, resume] = resting
      ? [undefined, undefined]
      : await Promise.all([store.durations(config.name, 'launch'), store.durations(config.name, 'resume')])
    const position = lab?.phase === 'queued' ? positionOf(lab, await this.#line(), this.#deps.configs) : undefined
    return toStatus(lab, config, { launch, resume }, now(), position)
  }

  /** How full the clouds are, a moment ago: the places of many who wait are read at once. */
  #line(): Promise<House> {
    const now = this.#deps.now().getTime()
    if (this.#house === undefined || now - this.#house.at >= LINE_EVERY_MS) {
      this.#house = { at: now, read: this.#deps.store.house() }
    }
    return this.#house.read
  }
}
