import { expect } from '@open-wc/testing'
import {
  deadlinesOf,
  follow,
  NOT_IDLE,
  secondsLeft,
  touchAt,
  touched,
  touchInterval,
  touching,
} from '../../src/core/idle.js'
import { iso, labStatus, NOON } from './fakes/brain.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** A lab warned about after `allowance`, seen by a page whose clock is `offset` ahead of the server's. */
function lab(allowance: number) {
  return labStatus({ now: iso(NOON), warnAt: iso(NOON + allowance), suspendAt: iso(NOON + allowance + 2 * MINUTE) })
}

describe('the idle clock', () => {
  for (const offset of [0, 90 * MINUTE, -90 * MINUTE]) {
    it(`shows the server's deadline on a page clock that is ${offset / MINUTE} minutes off`, () => {
      expect(deadlinesOf(lab(10 * MINUTE), NOON + offset)).to.deep.equal({
        warnAt: NOON + offset + 10 * MINUTE,
        suspendAt: NOON + offset + 12 * MINUTE,
      })
    })
  }

  it('has no deadline for a lab that does not run, or that has none', () => {
    expect(deadlinesOf({ ...lab(MINUTE), phase: 'suspended' }, NOON)).to.equal(undefined)
    expect(deadlinesOf(labStatus(), NOON)).to.equal(undefined)
  })

  it('is warned exactly from warnAt on, and not any more after a later deadline', () => {
    const status = lab(MINUTE)
    expect(follow(NOT_IDLE, status, NOON).warned).to.equal(false)
    const late = { ...status, now: iso(NOON + MINUTE) }
    const warned = follow(NOT_IDLE, late, NOON + MINUTE)
    expect(warned.warned).to.equal(true)
    expect(follow(warned, lab(2 * MINUTE), NOON).warned).to.equal(false)
  })

  const INTERVALS: readonly (readonly [allowance: number, interval: number])[] = [
    [10 * MINUTE, 20 * SECOND],
    [80 * SECOND, 20 * SECOND],
    [40 * SECOND, 10 * SECOND],
    [8 * SECOND, 2 * SECOND],
    [1 * SECOND, 500],
  ]
  for (const [allowance, interval] of INTERVALS) {
    it(`touches at most every ${interval} ms when a warning comes after ${allowance} ms`, () => {
      expect(touchInterval(follow(NOT_IDLE, lab(allowance), NOON))).to.equal(interval)
    })
  }

  it('keeps the interval of a fresh lab when its warning draws near', () => {
    const fresh = follow(NOT_IDLE, lab(40 * SECOND), NOON)
    const near = follow(fresh, { ...lab(40 * SECOND), now: iso(NOON + 39 * SECOND) }, NOON + 39 * SECOND)
    expect(touchInterval(near)).to.equal(10 * SECOND)
  })

  const running = follow(NOT_IDLE, lab(10 * MINUTE), NOON)
  const justTouched = touched(touching(running, 1, NOON), NOON, false)
  const TOUCHES = [
    ['the first activity at once', running, NOON, false, NOON],
    ['an activity soon after a touch at the end of the interval', justTouched, NOON + 1, false, NOON + 20 * SECOND],
    ['an activity long after a touch at once', justTouched, NOON + 21 * SECOND, false, NOON + 21 * SECOND],
    ['an urgent activity at once', justTouched, NOON + 1, true, NOON + 1],
    ['an activity in a warning at once', { ...justTouched, warned: true }, NOON + 1, false, NOON + 1],
    ['an activity during a touch after it', touching(running, 1, NOON), NOON + 1, true, NOON + 20 * SECOND],
  ] as const
  for (const [what, idle, now, urgent, at] of TOUCHES) {
    it(`tells of ${what}`, () => {
      expect(touchAt(idle, now, urgent)).to.equal(at)
    })
  }

  it('tells again of what a failed touch did not tell', () => {
    expect(touched(touching(running, 1, NOON), NOON, true).dueAt).to.equal(NOON + 20 * SECOND)
  })

  it('counts down to zero and not below', () => {
    expect([secondsLeft(NOON + 20_400, NOON), secondsLeft(NOON, NOON), secondsLeft(NOON - 5_000, NOON)]).to.deep.equal([
      20, 0, 0,
    ])
  })
})
