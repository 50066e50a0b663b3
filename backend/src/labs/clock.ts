import { setTimeout as delay } from 'node:timers/promises'

/** A clock that only goes forward, so that a changed wall clock shortens or lengthens no wait. Milliseconds. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
}

export const monotonicClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms) => {
    await delay(ms)
  },
}
