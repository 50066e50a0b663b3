import type { Clock } from '../../../../src/labs/clock.js'

/** Time passes by sleeping only, and at once. */
export class FakeClock implements Clock {
  time = 1_000
  readonly sleeps: number[] = []

  now(): number {
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms)
    this.time += ms
  }
}
