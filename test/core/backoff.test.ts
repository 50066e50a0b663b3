import { expect } from '@open-wc/testing'
import { BACKOFF_CAP_MS, backoff, failuresBefore, MIN_UPTIME_MS } from '../../src/core/backoff.js'

const TABLE: readonly (readonly [failures: number, random: number, ms: number])[] = [
  [0, 0.999, 0],
  [1, 0, 0],
  [1, 0.5, 500],
  [2, 0.5, 1_000],
  [3, 0.5, 2_000],
  [5, 0.25, 4_000],
  [6, 0.5, 15_000],
  [7, 0.5, 15_000],
  [10_000, 0.5, 15_000],
]

describe('backoff', () => {
  for (const [failures, random, ms] of TABLE) {
    it(`waits ${ms} ms after ${failures} failures at ${random}`, () => {
      expect(backoff(failures, random)).to.equal(ms)
    })
  }

  it('never waits longer than its cap', () => {
    for (let failures = 0; failures < 100; failures += 1) {
      expect(backoff(failures, 0.999999)).to.be.within(0, BACKOFF_CAP_MS)
    }
  })

  it('begins anew only after something held for the least uptime', () => {
    expect(failuresBefore(4, MIN_UPTIME_MS - 1)).to.equal(4)
    expect(failuresBefore(4, MIN_UPTIME_MS)).to.equal(0)
  })
})
