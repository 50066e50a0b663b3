import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Policy } from '../../src/config/config.js'
import type { Lab } from '../../src/labs/lab.js'
import { stackName } from '../../src/labs/stack-name.js'
import * as wishes from '../../src/labs/wishes.js'
import { okLab, T0 } from '../fakes/lab-store.js'

const MIN = 60_000
const policy: Policy = {
  idleWarn: 10 * MIN,
  idleSuspend: 12 * MIN,
  leaveGrace: 2 * MIN,
  deleteAfter: 0,
  launchTimeout: 15 * MIN,
}
const at = (minutes: number): Date => new Date(T0.getTime() + minutes * MIN)
const running = okLab({
  cloud: 'c',
  stack: 's',
  phase: 'running',
  desired: 'running',
  activeAt: T0,
  suspendAt: at(12),
  lookAt: at(12),
})
const apply = (lab: Lab, change: object | undefined): Lab => ({ ...lab, ...change })

describe('the lease', () => {
  it('is renewed by activity, without moving the planned look', () => {
    const next = apply(running, wishes.touch(running, at(5), policy))
    assert.deepEqual([next.suspendAt, next.lookAt], [at(17), at(12)])
  })
  it('is not renewed for a lab that sleeps or falls asleep', () => {
    assert.equal(wishes.touch({ ...running, desired: 'suspended', phase: 'suspending' }, at(5), policy), undefined)
  })
  it('shrinks to the grace when the last page leaves, and never grows by leaving', () => {
    const gone = apply(running, wishes.left(running, at(1), policy))
    assert.deepEqual([gone.suspendAt, gone.lookAt], [at(3), at(3)])
    assert.equal(wishes.left(running, at(11), policy), undefined)
  })
  it('is what the last activity earned when a page is back: open is not active', () => {
    const gone = apply(running, wishes.left(running, at(1), policy))
    assert.deepEqual(apply(gone, wishes.returned(gone, policy)).suspendAt, at(12))
    assert.equal(wishes.returned(running, policy), undefined)
  })
  it('never deletes where deleteAfter is 0', () => {
    assert.equal(apply(running, wishes.touch(running, at(5), policy)).deleteAt, null)
  })
})

describe('wishes', () => {
  it('start is idempotent while it works', () => {
    const once = apply(okLab(), wishes.start(okLab(), T0, policy))
    const twice = apply(once, wishes.start(once, at(1), policy))
    assert.deepEqual([twice.phase, twice.since, twice.startedAt], ['launching', T0, T0])
  })
  it('suspending what is absent or already asleep changes nothing', () => {
    assert.equal(wishes.suspend(okLab(), T0, 'learner'), undefined)
    assert.equal(wishes.suspend({ ...running, phase: 'suspended', desired: 'suspended' }, T0, 'learner'), undefined)
  })
  it('suspending calls nothing back that is being cleared away after a failed launch', () => {
    const failed = { ...running, phase: 'failed', desired: 'absent', problem: 'lab/launch-timeout' } as const
    assert.equal(wishes.suspend(failed, T0, 'learner'), undefined)
  })
  it('a reset under way is not begun again', () => {
    const once = apply(running, wishes.reset(running, T0, policy))
    const twice = apply(once, wishes.reset(once, at(1), policy))
    assert.deepEqual([twice.phase, twice.since], ['resetting', T0])
  })
  it('removing what is absent changes nothing', () => {
    assert.equal(wishes.remove(okLab(), T0, 'operator'), undefined)
    assert.equal(apply(running, wishes.remove(running, T0, 'operator')).phase, 'deleting')
  })
})

describe('stackName', () => {
  const key = { issuer: 'https://lms', subject: 'ada@example.org', name: 'Ceph 101' }
  it('is stable, safe as a name, and shows no person', () => {
    assert.equal(stackName(key), stackName({ ...key }))
    assert.match(stackName(key), /^ceph-101-[0-9a-f]{20}$/)
  })
  it('differs where anything differs, also where the words run together', () => {
    const names = [
      key,
      { ...key, subject: 'bob' },
      { ...key, issuer: 'https://lm', subject: 'sada@example.org' },
      { ...key, name: 'ceph-101' },
    ]
    assert.equal(new Set(names.map(stackName)).size, 4)
  })
  it('takes any course or learner id', () => {
    for (const name of ['', '日本語', 'x'.repeat(300), '../../etc']) {
      assert.match(stackName({ ...key, name }), /^[a-z0-9][a-z0-9-]{0,62}$/)
    }
  })
})
