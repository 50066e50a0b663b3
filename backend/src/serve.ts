import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { buildApp } from './app.js'
import { ToolKeys } from './auth/lti/keys.js'
import { Registrations } from './auth/lti/registrations.js'
import { LtiTool } from './auth/lti/tool.js'
import { OpenedxSignIn } from './auth/openedx/sign-in.js'
import { OpenedxWindow } from './auth/openedx/window.js'
import { Sessions } from './auth/sessions.js'
import { Tickets } from './auth/tickets.js'
import { TokenVerifier } from './auth/tokens.js'
import { type Bundle, keepBundles, readBundle } from './cdn/bundles.js'
import type { Config, UsageLimit } from './config/config.js'
import { hostInUrl } from './config/hosts.js'
import { Demo } from './demo/demo.js'
import { Gateway } from './gateway/gateway.js'
import { DeskGateway } from './gateway/guacd/gateway.js'
import { Recordings } from './gateway/guacd/recordings.js'
import { TunnelStreams } from './gateway/guacd/streams.js'
import { servePeer } from './gateway/peers/files.js'
import { PeerServer } from './gateway/peers/server.js'
import { serveStream } from './gateway/peers/streams.js'
import type { Timers } from './gateway/timers.js'
import { HostKeys } from './host-keys.js'
import { Presence } from './http/presence.js'
import { Vigil } from './http/vigil.js'
import { boundClouds } from './labs/bounded-cloud.js'
import { monotonicClock } from './labs/clock.js'
import { HookRuns } from './labs/hook-runs.js'
import type { LabId } from './labs/lab.js'
import { Labs } from './labs/labs.js'
import { Looks } from './labs/looks.js'
import { Reconciler } from './labs/reconciler.js'
import { Sweep } from './labs/sweep.js'
import { UsageWatch } from './labs/usage-watch.js'
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
  /** Time for the text terminals; absent: as it passes. */
  readonly timers?: Timers
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
  // An embedded database has one backend.
  const peers = config.database.type === 'embedded' ? undefined : await PeerServer.listen(peersOf(config))
  const store = await openStore(config.database, { log, ...(peers && { peer: peers.self }) })
  const unbounded = makeClouds(config, { ...options, secrets: store.secrets })
  const clouds = boundClouds(unbounded, store.slots, config.concurrency)
  const labs = new Labs({
    ...{ store: store.labs, clouds, configs: config.labs, now, log },
    ...{ usageLimit: config.usageLimit, strays: store.strays },
  })
  const presence = new Presence({ labs, log })
  const hostKeys = new HostKeys(store.secrets, log)
  const terminals = new Terminals({ labs, presence, hostKeys, env, now, log })
  const time = options.timers && { timers: options.timers }
  const gateway = new Gateway({ events: terminals, places: store.shells, log, ...time })
  const recordings = new Recordings(log)
  const desks = new DeskGateway({ guacd: config.guacd, events: terminals, places: store.desks, recordings, log })
  const streams = share(gateway, desks, store, peers)
  const hooks = new HookRuns({ store: store.labs, hooks: new SshHooks(env, hostKeys), now, log })
  const reconciler = new Reconciler({
    ...{ store: store.labs, secrets: store.secrets, clouds, labs: config.labs, hooks, now, log },
    looks: new Looks(monotonicClock),
    readiness: new TerminalReadiness(env, { hosts: hostKeys }),
  })
  const sweep = new Sweep({ store: store.labs, strays: store.strays, clouds, now, log })
  const usage = config.usageLimit && usageWatch(config.usageLimit, store, log)
  const stopWork = await startWork(config, store, labs, reconciler, { sweep, usage, recordings })
  const stopFollowing = followPhases(store, [gateway, desks], terminals, log)

  const auth = { store: store.auth, now, random: randomBytes }
  const sessions = new Sessions(auth)
  const vigil = new Vigil({ sessions, config, log })
  vigil.start()
  const app = await buildApp(
    {
      ...{ config, labs, presence, gateway, desks, streams, recordings, sessions, vigil },
      ...{ log, now, random: randomBytes },
      tokens: new TokenVerifier({ config, store: store.auth, now, fetch }),
      lti: openLti(config, store),
      openedx: openOpenedx(config, store),
      tickets: new Tickets(auth),
      ready: () => store.ping(),
      bundles: await bundlesOf(config, options),
    },
    demo && ((instance) => demo.routes(instance)),
  )
  await app.listen({ host: config.listen.host, port: config.listen.port })

  return {
    url: `http://${hostInUrl(config.listen.host)}:${config.listen.port}`,
    databaseEnded: store.databaseEnded,
    close: async () => {
      vigil.stop()
      peers?.serve(undefined)
      await Promise.all([gateway.close(), desks.close()])
      await peers?.close()
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

/** Pages that came to another replica reach the shells, and the files beside them and beside tunnels, that are here. */
function share(gateway: Gateway, desks: DeskGateway, store: Store, peers: PeerServer | undefined): TunnelStreams {
  const streams = new TunnelStreams({ desks, holder: (tunnel) => store.holder(tunnel), now, random: randomBytes })
  peers?.serve({
    shell: (socket, claims) => gateway.serve(socket, claims),
    file: (request, response, claims) =>
      void servePeer(request, response, claims, (...asked) => gateway.filesHere(...asked)),
    stream: (request, response) => void serveStream(request, response, (...asked) => streams.here(...asked)),
  })
  return streams
}

/** Without a word on it, on the address where pages are served, at any free port. */
function peersOf({ peers, listen }: Config): { readonly host: string; readonly port: number } {
  return peers ?? { host: listen.host, port: 0 }
}

function openLti(config: Config, { lti: store }: Store): LtiTool {
  const registrations = new Registrations(config.trust, store)
  const keys = new ToolKeys({ store, now })
  return new LtiTool({ config, registrations, keys, store, fetch, now, random: randomBytes })
}

function usageWatch(limit: UsageLimit, store: Store, log: Logger): UsageWatch {
  return new UsageWatch({ store: store.labs, turns: store.strays, limit, now, log })
}

function openOpenedx(config: Config, { lti: store }: Store): OpenedxSignIn {
  const windows = new OpenedxWindow({ publicUrl: config.publicUrl, store, fetch, now, random: randomBytes })
  return new OpenedxSignIn({ config, windows, now, fetch })
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
  beside: { readonly sweep: Sweep; readonly usage: UsageWatch | undefined; readonly recordings: Recordings },
): Promise<() => Promise<void>> {
  const started = now()
  const { sweep, usage, recordings } = beside
  const { jobs, stop } = await store.startJobs({
    concurrency: Math.min(MOST_WORKERS, 2 * config.concurrency * config.clouds.length),
    reconcile: async (id) => {
      if (!(await reconciler.run(id))) await jobs.wake(id, new Date(now().getTime() + BUSY_RETRY_MS))
    },
    sweep: async () => {
      // While no backend was there, pages could not show themselves: their grace begins when they can again.
      await store.forgetDeadLinks((id, lastSeen) => labs.left(id, lastSeen > started ? lastSeen : started))
      await sweep.run()
      await usage?.run()
      await store.auth.sweep(now())
      await store.lti.sweep(now())
      for (const { folder, keep } of recordedIn(config)) {
        await recordings.sweep(folder, new Date(now().getTime() - keep))
      }
    },
  })
  // Labs at rest may have changed while nobody looked. A cloud that hangs does not keep the pages waiting.
  const first = sweep.run({ all: true })
  return async () => {
    await stop()
    await first
  }
}

/** Where recordings lie; the longest of several words on one folder counts. */
function recordedIn({ labs }: Config): { folder: string; keep: number }[] {
  const longest = new Map<string, number>()
  for (const { terminals } of labs.values()) {
    for (const { desk } of terminals) {
      const { folder, keep } = desk?.recording ?? {}
      if (folder !== undefined && keep !== undefined) longest.set(folder, Math.max(keep, longest.get(folder) ?? 0))
    }
  }
  return [...longest].map(([folder, keep]) => ({ folder, keep }))
}

/** The gateways hear what becomes of the labs whose terminals they hold. */
function followPhases(
  store: Store,
  gateways: readonly Pick<Gateway, 'holds' | 'labPaused' | 'labGone'>[],
  terminals: Terminals,
  log: Logger,
): () => void {
  const tell = async (id: LabId): Promise<void> => {
    // Most labs have their terminals on another replica, or none open.
    const holders = gateways.filter((gateway) => gateway.holds(id))
    if (holders.length === 0) return terminals.forget(id)
    const phase = (await store.labs.get(id))?.phase
    for (const gateway of holders) {
      if (phase === 'suspending' || phase === 'suspended') gateway.labPaused(id)
      if (phase === 'absent' || phase === 'resetting' || phase === 'deleting') gateway.labGone(id)
    }
    if (phase !== 'running') terminals.forget(id)
  }
  return store.labs.watch((id) => {
    tell(id).catch((error: unknown) => log.error({ lab: id, err: error }, 'gateway not told'))
  })
}

/** The element in its versions; nothing where it is not built, which is a warning: pages may take it from elsewhere. */
async function bundlesOf({ stateFolder }: Config, { log }: ServeOptions): Promise<readonly Bundle[]> {
  const folder = join(libraryFolder(), 'dist/cdn')
  if (!existsSync(folder)) {
    log.warn({ folder }, 'the element is not there, and not served: install the package lab-terminal beside this one')
    return []
  }
  return keepBundles(await readBundle(folder), join(stateFolder, '.cdn'), log)
}

/** The package beside this one, else the checkout around it. */
function libraryFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('lab-terminal/package.json'))
  } catch {
    return fileURLToPath(new URL('../..', import.meta.url))
  }
}
