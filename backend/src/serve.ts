import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { buildApp } from './app.js'
import { OpenedxSignIn } from './auth/openedx/sign-in.js'
import { Sessions } from './auth/sessions.js'
import { Tickets } from './auth/tickets.js'
import { TokenVerifier } from './auth/tokens.js'
import { LocalCloud } from './clouds/local/cloud.js'
import type { Config } from './config/config.js'
import { hostInUrl } from './config/hosts.js'
import { Demo } from './demo/demo.js'
import { Gateway } from './gateway/gateway.js'
import { Presence } from './http/presence.js'
import { Vigil } from './http/vigil.js'
import type { LabId } from './labs/lab.js'
import { Labs } from './labs/labs.js'
import type { Cloud } from './labs/ports.js'
import { Reconciler } from './labs/reconciler.js'
import { openStore, type Store } from './store/store.js'
import { Terminals } from './terminals.js'

/** When another replica looks after the lab at this moment, milliseconds. */
const BUSY_RETRY_MS = 200

export interface ServeOptions {
  readonly log: Logger
  readonly env: NodeJS.ProcessEnv
  /** What runs the local cloud's hosts; default: the built one beside this program. */
  readonly hostCommand?: readonly string[]
  /** The element's bundles; default: the library's, where it is built. */
  readonly cdnFolder?: string
  /** Wraps each cloud; tests slow them down, or kill the process at a step. */
  readonly wrapCloud?: (cloud: Cloud) => Cloud
  readonly onStep?: (step: string) => void
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
  const clouds = makeClouds(config, options)
  const labs = new Labs({ store: store.labs, clouds, configs: config.labs, now, log })
  const presence = new Presence({ labs, log })
  const terminals = new Terminals({ labs, presence, env, now, log })
  const gateway = new Gateway({ events: terminals, log })
  const reconciler = new Reconciler({ store: store.labs, clouds, labs: config.labs, now, log })
  const stopWork = await startWork(config, store, labs, reconciler)
  const stopFollowing = followPhases(store, gateway, terminals, log)

  const auth = { store: store.auth, now, random: randomBytes }
  const sessions = new Sessions(auth)
  const vigil = new Vigil({ sessions, config, log })
  vigil.start()
  const cdnFolder = options.cdnFolder ?? (await defaultCdnFolder())
  const app = await buildApp(
    {
      ...{ config, labs, presence, gateway, sessions, vigil, log, now },
      tokens: new TokenVerifier({ config, store: store.auth, now, fetch }),
      openedx: new OpenedxSignIn({ config, now, fetch }),
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
      vigil.stop()
      await gateway.close()
      presence.endAll()
      await app.close()
      await stopWork()
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
): Promise<() => Promise<void>> {
  const started = now()
  const { jobs, stop } = await store.startJobs({
    concurrency: config.concurrency,
    reconcile: async (id) => {
      if (!(await reconciler.run(id))) await jobs.wake(id, new Date(now().getTime() + BUSY_RETRY_MS))
    },
    sweep: async () => {
      // While no backend was there, pages could not show themselves: their grace begins when they can again.
      await store.forgetDeadLinks((id, lastSeen) => labs.left(id, lastSeen > started ? lastSeen : started))
      await store.auth.sweep(now())
    },
  })
  // Labs at rest may have changed while nobody looked.
  for (const lab of await store.labs.list()) if (lab.stack !== null) await jobs.wake(lab.id, now())
  return stop
}

/** The gateway hears what becomes of the labs whose shells it holds. */
function followPhases(store: Store, gateway: Gateway, terminals: Terminals, log: Logger): () => void {
  const tell = async (id: LabId): Promise<void> => {
    const phase = (await store.labs.get(id))?.phase
    if (phase === 'suspending' || phase === 'suspended') gateway.labPaused(id)
    if (phase === 'absent' || phase === 'resetting' || phase === 'deleting') gateway.labGone(id)
    if (phase !== 'running') terminals.forget(id)
  }
  return store.labs.watch((id) => {
    tell(id).catch((error: unknown) => log.error({ lab: id, err: error }, 'gateway not told'))
  })
}

function makeClouds(config: Config, options: ServeOptions): ReadonlyMap<string, Cloud> {
  const hostCommand = options.hostCommand ?? [
    process.execPath,
    fileURLToPath(new URL('./host-main.js', import.meta.url)),
  ]
  const clouds = config.clouds.map(({ name }): [string, Cloud] => {
    const cloud = new LocalCloud({
      name,
      folder: join(config.stateFolder, name),
      hostCommand,
      labOf: (lab) => config.labs.get(lab),
      log: options.log,
      ...(options.onStep ? { onStep: options.onStep } : {}),
    })
    return [name, options.wrapCloud?.(cloud) ?? cloud]
  })
  return new Map(clouds)
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
