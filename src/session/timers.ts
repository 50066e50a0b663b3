/** The clock and the timers of a session, passed in so that tests own time. */
export interface Timers {
  /** Page time, milliseconds since the epoch. */
  now(): number
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}
