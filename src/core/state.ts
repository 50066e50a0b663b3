/**
 * What the element can be in: one state at a time. Pure data, compiled without the DOM library.
 * The server owns the lab (`lab`), the page owns the link (connecting, connected, reconnecting, the idle prompt).
 */
import type { Problem } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'

/** The `status` attribute of the element. */
export type Status = State['name']

export type State =
  /** Getting a token, a session, the first status, or the answer to a launch. */
  | { name: 'loading' }
  | { name: 'signed-out'; problem: Problem }
  /** No lab yet and nobody asked for one (`launch="click"`). */
  | { name: 'absent'; lab: LabStatus }
  | { name: 'queued'; lab: LabStatus }
  /** The server launches, resumes, resets, or finishes a suspend before it resumes. */
  | { name: 'preparing'; lab: LabStatus }
  | { name: 'connecting'; lab: LabStatus; attempt: number }
  /** `shell: 'none'`: the lab runs and no terminal is wanted (`hidden-lab`). */
  | { name: 'connected'; lab: LabStatus; readOnly: boolean; shell: 'open' | 'ended' | 'none'; prompt?: IdlePrompt }
  /** The link, or the way to the server, is lost; `retryAt` is page time (ms), absent while a try is under way. */
  | { name: 'reconnecting'; lab?: LabStatus; attempt: number; retryAt?: number; problem: Problem }
  /** `asked`: the server was asked to wake it and has not answered yet. */
  | { name: 'paused'; lab: LabStatus; asked?: true }
  | { name: 'failed'; problem: Problem; lab?: LabStatus; asked?: true }

/** "We think you're busy elsewhere", shown in a visible tab only. Times are page time (ms since the epoch). */
export interface IdlePrompt {
  suspendAt: number
}
