/** The working half of a backend, as often as there are replicas: store, jobs, reconciler and sweep on real PostgreSQL. */

import type { LabConfig } from '../../../src/config/config.js'
import { BoundedCloud } from '../../../src/labs/bounded-cloud.js'
import { monotonicClock } from '../../../src/labs/clock.js'
import { HookRuns } from '../../../src/labs/hook-runs.js'
import { Labs } from '../../../src/labs/labs.js'
import { Looks } from '../../../src/labs/looks.js'
import type { Cloud } from '../../../src/labs/ports.js'
import { Reconciler } from '../../../src/labs/reconciler.js'
import { Sweep } from '../../../src/labs/sweep.js'
import { connectStore, type Store } from '../../../src/store/store.js'
import { log } from './servers.js'

export interface Replica {
  readonly store: Store
  readonly labs: Labs
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly url: string
  readonly name: string
  readonly clouds: readonly Cloud[]
  readonly configs: readonly LabConfig[]
  /** Calls to a cloud at once, over all replicas. */
  readonly concurrency: number
}

const now = (): Date => new Date()

export async function startReplica({ url, name, clouds, configs, concurrency }: ServiceOptions): Promise<Replica> {
  const store = await connectStore(url, false, { log, replica: name })
  const bounded = new Map(clouds.map((cloud) => [cloud.name, new BoundedCloud(cloud, store.slots, concurrency)]))
  const labConfigs = new Map(configs.map((config) => [config.name, config]))
  const labs = new Labs({ store: store.labs, clouds: bounded, configs: labConfigs, now, log })
  const hooks = new HookRuns({ store: store.labs, hooks: { run: async () => undefined }, now, log })
  const reconciler = new Reconciler({
    ...{ store: store.labs, secrets: store.secrets, clouds: bounded, labs: labConfigs, hooks, now, log },
    looks: new Looks(monotonicClock),
    readiness: { probe: async () => ({ ready: true }) },
  })
  const sweep = new Sweep({ store: store.labs, strays: store.strays, clouds: bounded, now, log })
  const { jobs, stop } = await store.startJobs({
    concurrency: 2 * concurrency,
    reconcile: async (id) => {
      if (!(await reconciler.run(id))) await jobs.wake(id, new Date(Date.now() + 200))
    },
    sweep: () => sweep.run(),
  })
  return {
    store,
    labs,
    stop: async () => {
      await stop()
      labs.close()
      await store.close()
    },
  }
}

/** Asks until it is so. */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
