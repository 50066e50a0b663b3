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
  /** The host's public key (`ssh-ed25519 AAAA…`), when the template tells it. */
  readonly hostKey?: Value
  readonly readOnly: boolean
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
  readonly clouds: readonly { readonly name: string; readonly capacity?: number }[]
  readonly terminals: readonly TerminalConfig[]
  readonly policy: Policy
  /** Local labs: a folder copied into the lab's home at launch, and a command run there once. */
  readonly files?: string
  readonly setup?: string
}

export type CloudConfig = { readonly name: string; readonly type: 'local' }

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
  /** Names of the two halves of the token. */
  readonly cookies: { readonly payload: string; readonly signature: string }
  /** Its pages, at least one; a page belongs to one platform only. */
  readonly origins: readonly string[]
  /** The only labs its learners may open; absent = all. */
  readonly labs?: readonly string[]
}

export type Trust = JwtTrust | OpenedxTrust

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
  /** Where the backend keeps what it must (local labs, embedded database helpers). */
  readonly stateFolder: string
  readonly clouds: readonly CloudConfig[]
  readonly trust: readonly Trust[]
  readonly labs: ReadonlyMap<string, LabConfig>
  /** Cloud calls at once. */
  readonly concurrency: number
  /** A folder with a demo course, served at `/` with a token endpoint of its own; loopback only. */
  readonly demo?: { readonly course: string }
}
