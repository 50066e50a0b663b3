import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { buildApp } from './app.js'
import { Sessions } from './auth/sessions.js'
import { Tickets } from './auth/tickets.js'
import { TokenVerifier } from './auth/tokens.js'
import type { Config } from './config/config.js'
import { hostInUrl } from './config/hosts.js'
import { Demo } from './demo/demo.js'
import { Gateway } from './gateway/gateway.js'
import { Presence } from './http/presence.js'
import { boundClouds } from './labs/bounded-cloud.js'
import { HookRuns } from './labs/hook-runs.js'
import type { LabId } from './labs/lab.js'
import { Labs } from './labs/labs.js'
import { Looks } from './labs/looks.js'
import { Reconciler } from './labs/reconciler.js'
import { Sweep } from './labs/sweep.js'
import { type CloudOptions, makeClouds } from './make-clouds.js'
import { SshHooks } from './readiness/ssh-hooks.js'
import { TerminalReadiness } from './readiness/terminal-readiness.js'
import { openStore, type Store } from './store/store.js'
import { Terminals } from './terminals.js'

/** Labs that one replica looks at at once; most of the time of a look is waiting for a cloud or a lab's host. */
const MOST_WORKERS = 32
/** When another replica looks after the lab at this moment, milliseconds. */
const BUSY_RETRY_MS = 200

export interface ServeOptions extends Omit<CloudOptions, 'secrets'> {
  readonly log: Logger
  readonly env: NodeJS.ProcessEnv
  /** The element's bundles; default: the library's, where it is built. */
  readonly cdnFolder?: string
}

export interface Served {
  readonly url: string
  /** Resolves when the database has ended, asked or not: there is nothing to serve without it. */
  readonly databaseEnded: Promise<void>
  /** Ends in good order: pages are told, jobs drained, local labs put away. */
  close(): Promise<void>
}

/** Makes everything and joins it: the composition root, apart from the process. */
export async function serve(given: Config, options: ServeOptions): Promise<Served> {
  const { log, env } = options
  const demo = given.demo && (await Demo.open(given, given.demo.course))
  const config: Config = demo ? { ...given, trust: [...given.trust, demo.trust] } : given
  const store = await openStore(config.database, { log })
  const unbounded = makeClouds(config, { ...options, secrets: store.secrets })
  const clouds = boundClouds(unbounded, store.slots, config.concurrency)
  const labs = new Labs({
    ...{ store: store.labs, clouds, configs: config.labs, now, log },
    usageLimit: config.usageLimit,
    strays: store.strays,
  })
  const presence = new Presence({ labs, log })
  const terminals = new Terminals({ labs, presence, env, now, log })
  const gateway = new Gateway({ events: terminals, log })
  const hooks = new HookRuns({ store: store.labs, hooks: new SshHooks(env), now, log })
  const reconciler = new Reconciler({
    ...{ store: store.labs, clouds, labs: config.labs, hooks, now, log },
    looks: new Looks({ clock: () => performance.now(), after: (pause, work) => setTimeout(work, pause) }),
    readiness: new TerminalReadiness(env),
  })
  const sweep = new Sweep({ store: store.labs, strays: store.strays, clouds, now, log })
  const stopWork = await startWork(config, store, labs, reconciler, sweep)
  const stopFollowing = followPhases(store, gateway, terminals, log)

  const auth = { store: store.auth, now, random: randomBytes }
  const cdnFolder = options.cdnFolder ?? (await defaultCdnFolder())
  const app = await buildApp(
    {
      ...{ config, labs, presence, gateway, log, now },
      tokens: new TokenVerifier({ config, store: store.auth, now, fetch }),
      sessions: new Sessions(auth),
      tickets: new Tickets(auth),
      ready: () => store.ping(),
      ...(cdnFolder === undefined ? {} : { cdnFolder }),
    },
    demo && ((instance) => demo.routes(instance)),
  )
  await app.listen({ host: config.listen.host, port: config.listen.port })

  return {
    url: `http://${hostInUrl(config.listen.host)}:${config.listen.port}`,
    databaseEnded: store.databaseEnded,
    close: async () => {
      await gateway.close()
      presence.endAll()
      await app.close()
      await stopWork()
      await hooks.settled()
      stopFollowing()
      labs.close()
      await presence.settled()
      for (const cloud of clouds.values()) await cloud.close()
      await store.close()
    },
  }
}

function now(): Date {
  return new Date()
}

/** Looks after the labs: by jobs, by a sweep, and now whatever was under way when the last process ended. */
async function startWork(
  config: Config,
  store: Store,
  labs: Labs,
  reconciler: Reconciler,
  sweep: Sweep,
): Promise<() => Promise<void>> {
  const started = now()
  const { jobs, stop } = await store.startJobs({
    concurrency: Math.min(MOST_WORKERS, 2 * config.concurrency * config.clouds.length),
    reconcile: async (id) => {
      if (!(await reconciler.run(id))) await jobs.wake(id, new Date(now().getTime() + BUSY_RETRY_MS))
    },
    sweep: async () => {
      // While no backend was there, pages could not show themselves: their grace begins when they can again.
      await store.forgetDeadLinks((id, lastSeen) => labs.left(id, lastSeen > started ? lastSeen : started))
      await sweep.run()
      await store.auth.sweep(now())
    },
  })
  // Labs at rest may have changed while nobody looked.
  await sweep.run({ all: true })
  return stop
}

/** The gateway hears what becomes of the labs whose shells it holds. */
function followPhases(store: Store, gateway: Gateway, terminals: Terminals, log: Logger): () => void {
  const tell = async (id: LabId): Promise<void> => {
    // Most labs have their shells on another replica, or none.
    if (!gateway.holds(id)) return terminals.forget(id)
    const phase = (await store.labs.get(id))?.phase
    if (phase === 'suspending' || phase === 'suspended') gateway.labPaused(id)
    if (phase === 'absent' || phase === 'resetting' || phase === 'deleting') gateway.labGone(id)
    if (phase !== 'running') terminals.forget(id)
  }
  return store.labs.watch((id) => {
    tell(id).catch((error: unknown) => log.error({ lab: id, err: error }, 'gateway not told'))
  })
}

/** In the checkout, and beside an installed package. */
async function defaultCdnFolder(): Promise<string | undefined> {
  for (const relative of ['../../dist/cdn', '../../../lab-terminal/dist/cdn']) {
    const folder = fileURLToPath(new URL(relative, import.meta.url))
    if (
      await access(folder).then(
        () => true,
        () => false,
      )
    )
      return folder
  }
  return undefined
}
