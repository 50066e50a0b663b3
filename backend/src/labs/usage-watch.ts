import type { BaseLogger } from 'pino'
import type { UsageLimit } from '../config/config.js'
import type { Lab, LabChange, LabKey } from './lab.js'
import type { LabStore, Strays } from './ports.js'
import { isUsedUp, type Usage } from './usage.js'
import * as wishes from './wishes.js'

/** Between two looks at the hours of who works, over all replicas, milliseconds. */
const EVERY_MS = 60_000

export interface UsageWatchDeps {
  readonly store: Pick<LabStore, 'list' | 'usage' | 'update'>
  /** For the turn of one replica. */
  readonly turns: Pick<Strays, 'claim'>
  readonly limit: UsageLimit
  readonly now: () => Date
  readonly log: BaseLogger
}

/** The limit of usage while labs run: whoever has used up the time is told, or paused, within a minute or so. */
export class UsageWatch {
  readonly #deps: UsageWatchDeps

  constructor(deps: UsageWatchDeps) {
    this.#deps = deps
  }

  async run(): Promise<void> {
    const { store, turns, limit, now, log } = this.#deps
    // No cloud has a name with a colon in it.
    if (!(await turns.claim('usage:', EVERY_MS))) return
    const labs = await store.list({ phase: 'running' })
    if (labs.length === 0) return
    const to = now()
    const used = byLearner(await store.usage({ from: new Date(to.getTime() - limit.within), to }))
    for (const lab of labs) {
      if (!isUsedUp(used.get(learnerOf(lab)) ?? [], limit)) continue
      const after = await store.update(lab.id, (fresh) => this.#change(fresh))
      if (after.rev !== lab.rev) log.info({ lab: lab.id, over: limit.over }, 'the time of a learner is used up')
    }
  }

  #change(lab: Lab): LabChange | undefined {
    if (lab.phase !== 'running') return undefined
    if (this.#deps.limit.over === 'warn') return { notice: 'lab/usage-limit' }
    const pause = wishes.suspend(lab, this.#deps.now(), 'usage-limit')
    return pause && { ...pause, notice: 'lab/usage-limit' }
  }
}

function byLearner(usage: readonly Usage[]): ReadonlyMap<string, readonly Usage[]> {
  const learners = new Map<string, Usage[]>()
  for (const one of usage) learners.set(learnerOf(one), [...(learners.get(learnerOf(one)) ?? []), one])
  return learners
}

function learnerOf({ issuer, subject }: Pick<LabKey, 'issuer' | 'subject'>): string {
  return JSON.stringify([issuer, subject])
}
