/** What the Guacamole gateway needs of the labs, the database and the configuration. */
import type { TicketClaims } from '../../auth/ports.js'
import type { LinkEvents } from '../ports.js'
import type { RecordingRules } from './recordings.js'

export type DeskProtocol = 'ssh' | 'rdp' | 'vnc' | 'telnet' | 'kubernetes'

/** What may cross between page and lab. The server keeps it, whatever the page says. */
export interface DeskPolicy {
  readonly clipboard: 'both' | 'to-lab' | 'from-lab' | 'none'
  readonly files: 'both' | 'to-lab' | 'from-lab' | 'none'
  /** From the page to the lab (a microphone). */
  readonly microphone: boolean
  /** Pages that the lab prints come to the browser. */
  readonly printing: boolean
  /** Parameters that the configuration gives by name: no page changes them. */
  readonly fixed?: ReadonlySet<string>
}

/** How guacd reaches a terminal of a lab. Secrets: never logged, never sent to a browser. */
export interface DeskTarget {
  readonly protocol: DeskProtocol
  /** By guacd's names; what is not here stays empty. */
  readonly parameters: Readonly<Record<string, string>>
  readonly policy: DeskPolicy
  /** Milliseconds that the connection is kept after the last page went; 0 = not at all. */
  readonly hold: number
  /** The host was asked to prove its identity. */
  readonly pinned: boolean
  /** Absent = not recorded. */
  readonly recording?: RecordingRules
}

export interface DeskEvents extends Pick<LinkEvents, 'opened' | 'closed' | 'input'> {
  /** Throws `lab/paused`, `lab/not-running` or `lab/terminal-unknown`. Cheap: asks no cloud. */
  awake(claims: TicketClaims): Promise<void>
  /** Resolves the target afresh for each new connection; throws `LabError`. */
  desk(claims: TicketClaims): Promise<DeskTarget>
}

/** One guacd. */
export interface GuacdAddress {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly ca?: string }
}

/** A connection that guacd holds: which guacd (`host:port`), and the id by which others join it. */
export interface DeskPlace {
  readonly guacd: string
  readonly connection: string
}

export interface KeptPlace extends DeskPlace {
  /** Milliseconds since it was written, by the clock of whoever keeps it. */
  readonly age: number
}

/** Where the connections are, so that every replica joins the one there is. */
export interface DeskPlaces {
  find(labId: string, terminal: string): Promise<KeptPlace | undefined>
  /**
   * Writes `place`, where there is none or the one there is is `instead`. Answers what is there afterwards: of two
   * replicas at once one wins, and the other learns whose connection to join.
   */
  keep(labId: string, terminal: string, place: DeskPlace, instead: DeskPlace | undefined): Promise<KeptPlace>
  /** Forgets it, unless another one is there by now. */
  forget(labId: string, terminal: string, place: DeskPlace): Promise<void>
}
