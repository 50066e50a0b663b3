import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compare } from '../bench/cost/compare.js'
import { labConfig } from './support/world.js'

const MIN = 60_000

describe('what a month costs, in virtual time under the real decide', () => {
  const { least, ours, reference, alwaysOn, above } = compare(400)
  it('is at most 8 % more than the least that is possible for who closes the tab, or whose machine crashes', () => {
    assert.ok(ours >= least, `${ours} h, and ${least} h is the least`)
    assert.ok(above.closes <= 0.08 && above.crashes <= 0.08, JSON.stringify(above))
  })
  // A quarter of these learners wander off and leave the page open, half the time in the middle of a lesson, too.
  it('is at most 20 % more for all together, and 15 % with a patience of nine minutes', () => {
    assert.ok(ours <= 1.2 * least, `${((100 * ours) / least - 100).toFixed(1)} % more: ${JSON.stringify(above)}`)
    const { policy } = labConfig()
    const sooner = compare(400, { ...policy, idleSuspend: 9 * MIN, idleWarn: 7 * MIN })
    assert.ok(sooner.ours <= 1.15 * least, `${((100 * sooner.ours) / least - 100).toFixed(1)} % more`)
  })
  it('is at most a tenth of labs that never sleep', () => assert.ok(ours <= 0.1 * alwaysOn))
  it('is less than by the reference’s rules', () =>
    assert.ok(ours < reference, `${ours} h, the reference ${reference} h`))
})
