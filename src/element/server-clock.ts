import type { LabStatus } from '../wire/schema.js'

/** Instants of the server as page time. */
export class ServerClock {
  /** Page time minus the server's, milliseconds. */
  #skew = 0

  /** `now`: when this status came, page time. */
  set(lab: LabStatus, now: number): void {
    const skew = now - Date.parse(lab.now)
    if (Number.isFinite(skew)) this.#skew = skew
  }

  readonly pageTime = (instant: string): number => Date.parse(instant) + this.#skew
}
