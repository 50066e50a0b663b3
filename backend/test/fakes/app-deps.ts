import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { OpenedxSignIn } from '../../src/auth/openedx/sign-in.js'
import { Sessions } from '../../src/auth/sessions.js'
import { Tickets } from '../../src/auth/tickets.js'
import { TokenVerifier } from '../../src/auth/tokens.js'
import type { Config } from '../../src/config/config.js'
import type { AppDeps } from '../../src/http/deps.js'
import { Presence } from '../../src/http/presence.js'
import { Vigil } from '../../src/http/vigil.js'
import { Labs } from '../../src/labs/labs.js'
import { MemoryAuthStore } from './auth-store.js'
import { FakeCloud } from './cloud.js'
import { FakeLabStore } from './lab-store.js'
import { ltiToolFor } from './lti-tool.js'
import { windowsFor } from './openedx-window.js'

/** Settings of a service that nobody reaches by its address. */
export const CONFIG: Config = {
  file: 'lab-terminal.yaml',
  listen: { host: '127.0.0.1', port: 8080 },
  publicUrl: 'http://127.0.0.1:8080',
  origins: [],
  database: { type: 'embedded', folder: '/nowhere' },
  stateFolder: '/nowhere',
  clouds: [],
  guacd: [],
  trust: [],
  labs: new Map(),
  concurrency: 8,
}

/** What the web application is built on, in memory; a test brings what it looks at. */
export function appDeps(config: Config, own: Partial<AppDeps> & { authStore?: MemoryAuthStore } = {}): AppDeps {
  const { now = () => new Date(), log = pino({ level: 'silent' }), random = randomBytes } = own
  const { authStore: store = new MemoryAuthStore(now), ...given } = own
  const auth = { store, now, random }
  const sessions = given.sessions ?? new Sessions(auth)
  const labs =
    given.labs ??
    new Labs({
      ...{ store: new FakeLabStore(), configs: config.labs, now, log },
      clouds: new Map([['fake', new FakeCloud()]]),
    })
  return {
    ...{ config, labs, sessions, log, now, random },
    tokens: new TokenVerifier({ config, store, now, fetch }),
    lti: given.lti ?? ltiToolFor(config),
    openedx: new OpenedxSignIn({ config, windows: windowsFor(now, config.publicUrl), now, fetch }),
    tickets: new Tickets(auth),
    presence: new Presence({ labs, log }),
    vigil: new Vigil({ sessions, config, log }),
    gateway: { accept: (socket) => socket.resume(), files: () => Promise.reject(new LabError('lab/not-running')) },
    desks: { accept: () => undefined },
    streams: { do: () => Promise.reject(new LabError('request/unknown-path')) },
    recordings: { list: async () => [], find: async () => undefined },
    ready: async () => undefined,
    bundles: [],
    ...given,
  }
}
