import type { Status } from '../core/state.js'
import type { TokenReason } from '../session/token.js'
import type { Problem } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'

const OUTWARD = { bubbles: true, composed: true } as const

/** The element's `status` changed. */
export class LabStatusEvent extends Event {
  readonly status: Status
  /** What the server last said about the lab; absent before it said anything. */
  readonly lab: LabStatus | undefined

  constructor(status: Status, lab: LabStatus | undefined) {
    super('lab-status', OUTWARD)
    this.status = status
    this.lab = lab
  }
}

/** The idle prompt is about to show. `preventDefault()` keeps the lab running and shows no prompt. */
export class LabIdleEvent extends Event {
  /** Whole seconds until the lab is paused. */
  readonly secondsLeft: number

  constructor(secondsLeft: number) {
    super('lab-idle', { ...OUTWARD, cancelable: true })
    this.secondsLeft = secondsLeft
  }
}

/** Something went wrong and the learner sees it. */
export class LabProblemEvent extends Event {
  readonly problem: Problem

  constructor(problem: Problem) {
    super('lab-problem', OUTWARD)
    this.problem = problem
  }
}

/** The element needs a signed token of the course page: a listener answers with `respondWith`. */
export class LabTokenRequestEvent extends Event {
  readonly lab: string
  readonly reason: TokenReason
  /** Aborted when the token is not needed any more. */
  readonly signal: AbortSignal
  #answer: Promise<string> | undefined

  constructor(lab: string, reason: TokenReason, signal: AbortSignal) {
    super('lab-token-request', OUTWARD)
    this.lab = lab
    this.reason = reason
    this.signal = signal
  }

  /** Must be called while the event is dispatched; the first answer counts. */
  respondWith(token: string | Promise<string>): void {
    this.#answer ??= Promise.resolve(token)
  }

  /** What a listener answered. */
  get answer(): Promise<string> | undefined {
    return this.#answer
  }
}

/** A `<lab-command>` went into a terminal. */
export class LabCommandEvent extends Event {
  readonly text: string
  /** With Enter after it; else the learner presses it. */
  readonly run: boolean

  constructor(text: string, run: boolean) {
    super('lab-command', OUTWARD)
    this.text = text
    this.run = run
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'lab-status': LabStatusEvent
    'lab-idle': LabIdleEvent
    'lab-problem': LabProblemEvent
    'lab-token-request': LabTokenRequestEvent
    'lab-command': LabCommandEvent
  }
}
