import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compare } from '../bench/cost/compare.js'

describe('what a month costs, in virtual time under the real decide', () => {
  const { least, ours, reference, alwaysOn, above } = compare(400)
  it('is at most 5 % more than the least that is possible for who closes the tab, or whose machine crashes', () => {
    assert.ok(ours >= least, `${ours} h, and ${least} h is the least`)
    assert.ok(above.closes <= 0.05 && above.crashes <= 0.05, JSON.stringify(above))
  })
  // A quarter of these learners wander off and leave the page open, half the time in the middle of a lesson, too.
  it('is at most 15 % more for all together', () =>
    assert.ok(ours <= 1.15 * least, `${((100 * ours) / least - 100).toFixed(1)} % more: ${JSON.stringify(above)}`))
  it('is at most a tenth of labs that never sleep', () => assert.ok(ours <= 0.1 * alwaysOn))
  it('is less than by the reference’s rules', () =>
    assert.ok(ours < reference, `${ours} h, the reference ${reference} h`))
})
