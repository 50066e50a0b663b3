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
  /** With `display: guacamole`. */
  readonly desk?: DeskConfig
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
  /** A folder as guacd sees it; `keys`: what is typed is recorded as well. */
  readonly recording?: { readonly folder: string; readonly keys: boolean }
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
  readonly clouds: readonly { readonly name: string; readonly capacity?: number }[]
  readonly terminals: readonly TerminalConfig[]
  readonly policy: Policy
  /** Local labs: a folder copied into the lab's home at launch, and a command run there once. */
  readonly files?: string
  readonly setup?: string
}

export type CloudConfig = { readonly name: string; readonly type: 'local' }

export interface JwtTrust {
  readonly type: 'jwt'
  readonly issuer: string
  readonly audience: string
  /** `jwks`: in memory, for an issuer of this process (the demo). */
  readonly keys: { readonly url: string } | { readonly file: string } | { readonly jwks: JSONWebKeySet }
  /** Pages that may bring tokens of this issuer; default: all of `origins`. */
  readonly origins?: readonly string[]
  /** The only labs tokens of this issuer may open; absent = all. */
  readonly labs?: readonly string[]
}
export type Trust = JwtTrust

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
  readonly database: DatabaseConfig
  /** Where the backend keeps what it must (local labs, embedded database helpers). */
  readonly stateFolder: string
  /** In the order of the file; the first that answers and is least busy serves. */
  readonly guacd: readonly GuacdConfig[]
  readonly clouds: readonly CloudConfig[]
  readonly trust: readonly Trust[]
  readonly labs: ReadonlyMap<string, LabConfig>
  /** Cloud calls at once. */
  readonly concurrency: number
  /** A folder with a demo course, served at `/` with a token endpoint of its own; loopback only. */
  readonly demo?: { readonly course: string }
}
