/** What a session tells besides its state. */
import type { Problem } from '../wire/problems.js'

/** A problem became visible. */
export class ProblemEvent extends Event {
  readonly problem: Problem

  constructor(problem: Problem) {
    super('problem')
    this.problem = problem
  }
}

/** The idle prompt is about to show; `preventDefault()` keeps the lab running instead. */
export class IdleEvent extends Event {
  readonly secondsLeft: number

  constructor(secondsLeft: number) {
    super('idle', { cancelable: true })
    this.secondsLeft = secondsLeft
  }
}
