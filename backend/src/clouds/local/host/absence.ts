/**
 * Counts how long no backend showed itself, in time during which this process ran: what passes while it is stopped
 * counts as one interval at most, so that a host that was just continued does not end itself.
 */
export class Absence {
  readonly #limitMs: number
  readonly #intervalMs: number
  #seen: number | undefined
  #last: number
  #absentMs = 0

  constructor(limitMs: number, intervalMs: number, now: number) {
    this.#limitMs = limitMs
    this.#intervalMs = intervalMs
    this.#last = now
  }

  /**
   * To be called about every interval. `sign` is any number that changes with each sign of life; true = given up.
   * All times are monotonic milliseconds.
   */
  check(now: number, sign: number | undefined, isVisited: boolean): boolean {
    const elapsed = Math.min(now - this.#last, this.#intervalMs * 2)
    this.#last = now
    const isAlive = isVisited || (sign !== undefined && sign !== this.#seen)
    this.#seen = sign
    this.#absentMs = isAlive ? 0 : this.#absentMs + elapsed
    return this.#absentMs >= this.#limitMs
  }
}
