/** A learner's lab as the domain knows it. Knows no database, cloud or web framework. */
import type { ProblemCode } from '../../../src/wire/problems.js'
import type { Desired, LabPhase } from '../../../src/wire/schema.js'

export type LabId = string

/** Who owns a lab: never a value that a page could forge. */
export interface LabKey {
  readonly issuer: string
  readonly subject: string
  /** Name of the lab in the configuration. */
  readonly name: string
}

/** A call to a cloud; also the kind of work the history keeps durations of. */
export type CloudAction = 'create' | 'suspend' | 'resume' | 'delete'

/** When a script of the operator's runs on a lab. */
export type HookEvent = 'resume' | 'suspend' | 'delete'

/** Why a launch went on to the next cloud: it could not build the lab, had no room, or did not answer. */
export type Tried = 'failed' | 'full' | 'down'

export interface Lab extends LabKey {
  readonly id: LabId
  /** Grows by one with every change. */
  readonly rev: number
  readonly phase: LabPhase
  readonly since: Date
  readonly desired: Desired
  /** A reset was asked for: delete what is there, then create anew. */
  readonly resetting: boolean
  /** Cloud and stack name, committed before the create call and kept until the stack is known to be gone. */
  readonly cloud: string | null
  readonly stack: string | null
  /** When the work under way began (launch and resume are timed from it, and time out from it). */
  readonly startedAt: Date | null
  /** Failures in a row of the call under way; reset by success. */
  readonly attempts: number
  readonly progress: { readonly done: number; readonly total: number } | null
  readonly problem: ProblemCode | null
  /** For staff and the log, never for a browser. */
  readonly reason: string | null
  /** When somebody was last active; deadlines follow from it. */
  readonly activeAt: Date | null
  readonly suspendAt: Date | null
  readonly deleteAt: Date | null
  /** When the reconciler must look again; null = at rest until somebody wants something. */
  readonly lookAt: Date | null
  /** Clouds that this launch has behind it. */
  readonly tried: Readonly<Record<string, Tried>>
  /** Since when it waits for a room: its place in line, kept until the cloud that let it in shows its stack. */
  readonly queuedAt: Date | null
  /** The servers that want it were rebooted in this resume. */
  readonly rebooted: boolean
  /** The hook of the work under way; runs once, and nobody waits for it longer than its limit. */
  readonly hook: { readonly event: HookEvent; readonly at: string; readonly done: boolean } | null
  /** The course it was last started from, for the ledger. */
  readonly course: string | null
  /** Something to tell the learner that stops nothing. */
  readonly notice: ProblemCode | null
}

/** What may be written; `id`, key and `rev` are the store's. */
export type LabChange = Partial<Omit<Lab, 'id' | 'rev' | keyof LabKey>> & {
  /** Why, for the ledger (`start`, `idle`, `left`, `launch-timeout`, …). Written when the phase changes. */
  readonly cause?: string
}
