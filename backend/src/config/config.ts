/** The typed configuration: every default applied, every duration in milliseconds, every path absolute. */
import type { JSONWebKeySet } from 'jose'
import type { TerminalInfo } from '../../../src/wire/schema.js'

/** A value of a terminal: written down, taken from an output of the stack, or from a file or the environment. */
export type Value = { literal: string } | { output: string } | { file: string } | { env: string }

export interface TerminalConfig extends TerminalInfo {
  readonly host: Value
  readonly port: Value
  readonly user?: Value
  readonly password?: Value
  readonly privateKey?: Value
  /** An OpenSSH user certificate of that key, with `display: xterm`. */
  readonly certificate?: Value
  /** The host's public key (`ssh-ed25519 AAAA…`), when the template tells it. */
  readonly hostKey?: Value
  /** The SSH terminal of the same lab whose host is the way to this one. */
  readonly via?: string
  readonly readOnly: boolean
  /** How many shells a learner may have there, with `display: xterm`; absent: one. */
  readonly shells?: number
  /** What begins there, with `display: xterm`; absent: the login shell. */
  readonly start?: StartConfig
  /** With `display: guacamole`. */
  readonly desk?: DeskConfig
}

/** What begins on the host of a text terminal. */
export interface StartConfig {
  /** Where the host has it, what runs is kept by it and taken up again by the next login. */
  readonly attach?: 'tmux' | 'screen'
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of the login shell. */
  readonly command?: string
}

/** What crosses between page and lab. */
export type Crossing = 'both' | 'to-lab' | 'from-lab' | 'none'

/** How guacd shows a terminal. */
export interface DeskConfig {
  /** guacd's own parameters, besides those that other keys stand for. */
  readonly parameters: Readonly<Record<string, Value>>
  readonly clipboard: Crossing
  readonly files: Crossing
  /** RDP: a printer whose pages come to the browser as PDF. */
  readonly printing: boolean
  /** `both`: the browser's microphone as well. */
  readonly audio: 'none' | 'out' | 'both'
  /** Milliseconds that the connection is kept after the last page went; 0 = not at all. */
  readonly hold: number
  readonly recording?: RecordingConfig
}

/** `keys`: what is typed is recorded as well. `limit`: bytes of one recording. `keep`: milliseconds after its end. */
export interface RecordingConfig {
  readonly folder: string
  readonly keys: boolean
  readonly limit: number
  readonly keep: number
}

/** One guacd; with `tls` and no `ca` its certificate must be one that the system trusts. */
export interface GuacdConfig {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly ca?: string }
}

/** Milliseconds. `deleteAfter` 0 = never. */
export interface Policy {
  readonly idleWarn: number
  readonly idleSuspend: number
  readonly leaveGrace: number
  readonly deleteAfter: number
  readonly launchTimeout: number
}

export interface LabConfig {
  readonly name: string
  readonly title: string
  /** Absent = any trusted caller. */
  readonly courses?: readonly string[]
  /** In order. `capacity`: labs of this name that may have a place there, asleep or awake; absent = until it refuses. */
  readonly clouds: readonly { readonly name: string; readonly capacity?: number; readonly template?: TemplateConfig }[]
  readonly terminals: readonly TerminalConfig[]
  readonly policy: Policy
  /** Scripts, by when they run on the lab; absolute paths. */
  readonly hooks?: { readonly resume?: string; readonly suspend?: string; readonly delete?: string }
  readonly cost?: Cost
  /** Local labs: a folder copied into the lab's home at launch, and a command run there once. */
  readonly files?: string
  readonly setup?: string
}

/** What a lab is built from in a cloud of type openstack. Absolute paths. */
export interface TemplateConfig {
  readonly template: string
  readonly environment?: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export type CloudConfig =
  | { readonly name: string; readonly type: 'local' }
  /** `cloud`: the entry of clouds.yaml. `tag`: marks the stacks of this installation; absent = derived from `publicUrl`. */
  | { readonly name: string; readonly type: 'openstack'; readonly cloud: string; readonly tag?: string }

/** What an hour of a lab costs, for the usage report. */
export interface Cost {
  readonly running: number
  readonly suspended: number
  readonly currency: string
}

/** How long a learner's labs, all together, may run within a time that moves along. Milliseconds. */
export interface UsageLimit {
  readonly running: number
  readonly within: number
  /** Over it a start is refused, or the learner is told so. */
  readonly over: 'warn' | 'block'
}

export type KeySource = { readonly url: string } | { readonly file: string } | { readonly jwks: JSONWebKeySet }

/** Never `none`, never a shared secret: an LMS and this service are two parties. */
export const SIGNATURE_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]

export interface JwtTrust {
  readonly type: 'jwt'
  readonly issuer: string
  readonly audience: string
  /** `jwks`: in memory, for an issuer of this process (the demo). */
  readonly keys: KeySource
  /** The only ones taken; absent = `SIGNATURE_ALGORITHMS`. A key fixes its own in any case. */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /** Pages that may bring tokens of this issuer; default: all of `origins`. */
  readonly origins?: readonly string[]
  /** The only labs tokens of this issuer may open; absent = all. */
  readonly labs?: readonly string[]
}

/** What an LTI platform knows this tool by, and where it is reached. */
export interface LtiClient {
  readonly clientId: string
  readonly deploymentIds: readonly string[]
  readonly authUrl: string
  readonly tokenUrl: string
  readonly jwksUrl: string
}

/** An LTI 1.3 platform. It tells the client itself where it registers this tool, at the address with the key. */
export type LtiTrust = {
  readonly type: 'lti'
  readonly issuer: string
  /** Which member of the claim context names the course. */
  readonly courseBy: 'id' | 'label'
  /** Pages that may hold the tool in a frame; default: all of `origins`. */
  readonly origins?: readonly string[]
  /** The only labs its launches may open; absent = all. */
  readonly labs?: readonly string[]
} & (
  | { readonly client: LtiClient }
  /** `deploymentIds`: beside those that the registration brings. */
  | { readonly registrationKey: string; readonly deploymentIds: readonly string[] }
)

/** An Open edX platform: its own cookies sign its learners in, and it says who is enrolled. */
export interface OpenedxTrust {
  readonly type: 'openedx'
  /** Its address for this server, without a trailing slash. */
  readonly lms: string
  readonly issuer: string
  readonly audience: string
  readonly keys: KeySource
  /** `required`: who asks for a lab is enrolled in a course, or of its staff. `none`: the LMS is not asked. */
  readonly enrolment: 'required' | 'none'
  /** The only modes of an enrolment that count (`verified`, …); absent = any. */
  readonly modes?: readonly string[]
  /** Milliseconds after which what the LMS said must be said again, or the session is over. */
  readonly recheck: number
  /** Names of the two halves of the token. */
  readonly cookies: { readonly payload: string; readonly signature: string }
  /** Its pages, at least one; a page belongs to one platform only. */
  readonly origins: readonly string[]
  /** The only labs its learners may open; absent = all. */
  readonly labs?: readonly string[]
  /** Signs in by a window (OAuth 2) where the cookies do not come; absent = it does not. */
  readonly oauth?: OpenedxOauth
}

/** This service as an OAuth 2 application of an Open edX. */
export interface OpenedxOauth {
  readonly clientId: string
  readonly clientSecret: string
  /** For browsers. */
  readonly authUrl: string
  /** For this server. */
  readonly tokenUrl: string
}

export type Trust = JwtTrust | LtiTrust | OpenedxTrust

export type DatabaseConfig =
  | { readonly type: 'embedded'; readonly folder: string }
  | { readonly type: 'postgres'; readonly url: string }

export interface Config {
  /** The file it came from, for messages and relative paths. */
  readonly file: string
  readonly listen: { readonly host: string; readonly port: number }
  /** No trailing slash. Default: `http://<listen>`. */
  readonly publicUrl: string
  readonly origins: readonly string[]
  /** Addresses and networks of proxies in front, whose `X-Forwarded-For` is believed; absent = nobody's. */
  readonly proxies?: readonly string[]
  readonly database: DatabaseConfig
  /** Where other replicas reach this one; absent: the address of `listen` with any free port. */
  readonly peers?: { readonly host: string; readonly port: number }
  /** Where the backend keeps what it must (local labs, embedded database helpers). */
  readonly stateFolder: string
  /** In the order of the file; the first that answers and is least busy serves. */
  readonly guacd: readonly GuacdConfig[]
  readonly clouds: readonly CloudConfig[]
  readonly trust: readonly Trust[]
  readonly labs: ReadonlyMap<string, LabConfig>
  /** Calls to a cloud at once, over all replicas. */
  readonly concurrency: number
  readonly usageLimit?: UsageLimit
  /** A folder with a demo course, served at `/` with a token endpoint of its own; loopback only. */
  readonly demo?: { readonly course: string }
}
