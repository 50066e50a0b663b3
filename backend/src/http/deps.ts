import type { Logger } from 'pino'
import type { LtiTool } from '../auth/lti/tool.js'
import type { OpenedxSignIn } from '../auth/openedx/sign-in.js'
import type { RandomBytes } from '../auth/secret.js'
import type { Sessions } from '../auth/sessions.js'
import type { Tickets } from '../auth/tickets.js'
import type { TokenVerifier } from '../auth/tokens.js'
import type { Bundle } from '../cdn/bundles.js'
import type { Config } from '../config/config.js'
import type { Gateway } from '../gateway/gateway.js'
import type { DeskGateway } from '../gateway/guacd/gateway.js'
import type { Recordings } from '../gateway/guacd/recordings.js'
import type { TunnelStreams } from '../gateway/guacd/streams.js'
import type { Labs } from '../labs/labs.js'
import type { Presence } from './presence.js'
import type { Vigil } from './vigil.js'

/** What the routes are built on; all of it made in the composition root. */
export interface AppDeps {
  readonly config: Config
  readonly tokens: TokenVerifier
  readonly lti: LtiTool
  readonly openedx: OpenedxSignIn
  readonly sessions: Sessions
  readonly tickets: Tickets
  readonly labs: Labs
  readonly presence: Presence
  readonly vigil: Vigil
  readonly gateway: Pick<Gateway, 'accept' | 'files'>
  readonly desks: Pick<DeskGateway, 'accept'>
  readonly streams: Pick<TunnelStreams, 'do'>
  readonly recordings: Pick<Recordings, 'list' | 'find'>
  readonly log: Logger
  readonly now: () => Date
  readonly random: RandomBytes
  /** Rejects when the service cannot serve (no database). */
  readonly ready: () => Promise<void>
  /** The element, served under `/cdn/`, the current version first; empty when it is not there. */
  readonly bundles: readonly Bundle[]
}
