/** What the gateway needs of the labs, so that it knows neither clouds nor the store. */
import type { TicketClaims } from '../auth/ports.js'
import type { Start } from './start.js'

/** Where a terminal's SSH server is and how to log in. Secrets: never logged, never sent to a browser. */
export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly privateKey?: string
  /** What an authority says of that key: an OpenSSH user certificate, as text. With it the bare key is not shown. */
  readonly certificate?: string
  readonly password?: string
  /** `ssh-ed25519 AAAA…`; when given, another key is refused with `link/host-key-changed`. */
  readonly hostKey?: string
  /** The host whose SSH server is the way to this one, and the terminal that is there. */
  readonly via?: { readonly terminal: string; readonly target: SshTarget }
  /** What begins there; absent: the login shell. */
  readonly start?: Start
}

export interface LinkEvents {
  /** Resolves the target afresh for each login; throws `LabError` (`lab/paused`, `cloud/unreachable`, …). */
  target(claims: TicketClaims): Promise<SshTarget>
  opened(claims: TicketClaims, link: string): void
  /** `lastSeen`: the last moment the page answered, so that a sleeping laptop is dated right. */
  closed(claims: TicketClaims, link: string, lastSeen: Date): void
  /** The learner typed; the caller throttles. */
  input(claims: TicketClaims): void
}
