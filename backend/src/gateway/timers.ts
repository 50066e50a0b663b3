/** Time, passed in so that tests own it. */

/** Ends what it was given for; safe to call twice. */
export type Cancel = () => void

export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number
  after(ms: number, run: () => void): Cancel
  every(ms: number, run: () => void): Cancel
}

export const systemTimers: Timers = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  every(ms, run) {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  },
}
