import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import type { Policy } from '../../src/config/config.js'
import { afterFailure } from '../../src/labs/after-failure.js'
import { decide } from '../../src/labs/decide.js'
import { MAX_ATTEMPTS, type Rules } from '../../src/labs/decision.js'
import type { CloudAction, Lab } from '../../src/labs/lab.js'
import type { Observed, Seen } from '../../src/labs/ports.js'
import * as wishes from '../../src/labs/wishes.js'
import { okLab, T0 } from '../fakes/lab-store.js'

const MIN = 60_000
const policy: Policy = {
  idleWarn: 10 * MIN,
  idleSuspend: 12 * MIN,
  leaveGrace: 2 * MIN,
  deleteAfter: 14 * 24 * 60 * MIN,
  launchTimeout: 15 * MIN,
}
const rules: Rules = {
  ...{ policy, clouds: ['sto2'], hooks: new Set() },
  placement: { cloud: 'sto2', stack: 'ceph-101-abc' },
}
const at = (minutes: number): Date => new Date(T0.getTime() + minutes * MIN)

const placed = { cloud: 'sto2', stack: 'ceph-101-abc' } as const
const lease = { activeAt: T0, suspendAt: at(12), deleteAt: at(14 * 24 * 60), lookAt: at(12) } as const
const launching = okLab({ ...placed, ...lease, phase: 'launching', desired: 'running', startedAt: T0, attempts: 1 })
const running = okLab({ ...placed, ...lease, phase: 'running', desired: 'running' })
const suspending = okLab({
  ...placed,
  ...lease,
  phase: 'suspending',
  desired: 'suspended',
  suspendAt: null,
  startedAt: T0,
  attempts: 1,
})
const suspended = okLab({
  ...placed,
  phase: 'suspended',
  desired: 'suspended',
  activeAt: T0,
  deleteAt: lease.deleteAt,
  lookAt: lease.deleteAt,
})
const resuming = okLab({ ...placed, ...lease, phase: 'resuming', desired: 'running', startedAt: T0, attempts: 1 })
const resetting = okLab({
  ...placed,
  ...lease,
  phase: 'resetting',
  desired: 'running',
  resetting: true,
  startedAt: T0,
  attempts: 1,
})
const deleting = okLab({ ...placed, phase: 'deleting', desired: 'absent', startedAt: T0, attempts: 1 })

const seen = {
  absent: { state: 'absent' },
  creating: { state: 'working', action: 'create', progress: { done: 1, total: 4 } },
  suspending: { state: 'working', action: 'suspend' },
  resuming: { state: 'working', action: 'resume' },
  deleting: { state: 'working', action: 'delete' },
  running: { state: 'running', outputs: {} },
  suspended: { state: 'suspended' },
  createFailed: { state: 'failed', action: 'create', reason: 'No valid host' },
  resumeFailed: { state: 'failed', action: 'resume', reason: 'boom' },
  suspendFailed: { state: 'failed', action: 'suspend', reason: 'boom' },
  deleteFailed: { state: 'failed', action: 'delete', reason: 'boom' },
} as const satisfies Record<string, Observed>

interface Row {
  says: string
  lab: Lab
  seen: Seen
  now?: Date
  call?: CloudAction | 'reboot'
  becomes: Partial<Lab>
}

const asked = (lab: Lab, now = T0): Lab => ({ ...lab, ...wishes.start(lab, now, policy) })

const table: Row[] = [
  {
    says: 'a start creates, with the name written first',
    lab: asked(okLab()),
    seen: seen.absent,
    call: 'create',
    becomes: { phase: 'launching', ...placed },
  },
  {
    says: 'a create killed before it reached the cloud is made again',
    lab: launching,
    seen: seen.absent,
    call: 'create',
    becomes: { phase: 'launching', ...placed },
  },
  {
    says: 'a launch under way shows its progress',
    lab: launching,
    seen: seen.creating,
    becomes: { phase: 'launching', progress: { done: 1, total: 4 } },
  },
  {
    says: 'a launch that is done runs, with a new lease',
    lab: launching,
    seen: seen.running,
    now: at(3),
    becomes: { phase: 'running', startedAt: null, attempts: 0, progress: null, suspendAt: at(15) },
  },
  {
    says: 'a launch that ends after the page has gone keeps the grace only',
    lab: { ...launching, suspendAt: at(2) },
    seen: seen.running,
    now: at(3),
    becomes: { phase: 'running', suspendAt: at(5) },
  },
  {
    says: 'a launch that failed is told, and its remains go',
    lab: launching,
    seen: seen.createFailed,
    becomes: { phase: 'failed', problem: 'lab/launch-failed', desired: 'absent' },
  },
  {
    says: 'a launch that takes too long is told',
    lab: launching,
    seen: seen.creating,
    now: at(15),
    becomes: { phase: 'failed', problem: 'lab/launch-timeout', desired: 'absent' },
  },
  {
    says: 'the remains of a failed launch are deleted while the page says why',
    lab: { ...launching, phase: 'failed', problem: 'lab/launch-failed', desired: 'absent' },
    seen: seen.createFailed,
    call: 'delete',
    becomes: { phase: 'failed', problem: 'lab/launch-failed' },
  },
  {
    says: 'nothing is left of a failed launch',
    lab: { ...launching, phase: 'failed', problem: 'lab/launch-failed', desired: 'absent' },
    seen: seen.absent,
    becomes: { phase: 'failed', problem: 'lab/launch-failed', stack: null, lookAt: null },
  },
  {
    says: 'another try clears what the failed launch left',
    lab: asked({ ...launching, phase: 'failed', problem: 'lab/launch-failed', desired: 'absent' }),
    seen: seen.createFailed,
    call: 'delete',
    becomes: { phase: 'resetting', resetting: true, desired: 'running' },
  },

  {
    says: 'a lab that runs and is used is left alone',
    lab: running,
    seen: seen.running,
    now: at(11),
    becomes: { phase: 'running', lookAt: at(12) },
  },
  {
    says: 'idle past the deadline: suspended',
    lab: running,
    seen: seen.running,
    now: at(12),
    call: 'suspend',
    becomes: { phase: 'suspending', desired: 'suspended', suspendAt: null },
  },
  {
    says: 'a learner who came back before the queued suspend is left alone',
    lab: { ...running, ...wishes.touch(running, at(11.9), policy) },
    seen: seen.running,
    now: at(12),
    becomes: { phase: 'running' },
  },
  {
    says: 'found suspended by hand: adopted',
    lab: running,
    seen: seen.suspended,
    now: at(1),
    becomes: { phase: 'suspended', desired: 'suspended' },
  },
  {
    says: 'found suspended, but the learner just asked for it: resumed',
    lab: asked(running, at(1)),
    seen: seen.suspended,
    now: at(1),
    call: 'resume',
    becomes: { phase: 'resuming' },
  },
  {
    says: 'a lab that vanished is told before a new one is built',
    lab: running,
    seen: seen.absent,
    becomes: { phase: 'failed', problem: 'lab/removed', stack: null, desired: 'absent' },
  },
  {
    says: 'found resumed by hand: adopted with a lease',
    lab: suspended,
    seen: seen.running,
    now: at(1),
    becomes: { phase: 'running', desired: 'running', suspendAt: at(13) },
  },

  {
    says: 'a suspend under way is waited for',
    lab: suspending,
    seen: seen.suspending,
    becomes: { phase: 'suspending' },
  },
  {
    says: 'a suspend killed before the call is made again',
    lab: suspending,
    seen: seen.running,
    call: 'suspend',
    becomes: { phase: 'suspending' },
  },
  {
    says: 'suspended: kept until its deadline',
    lab: suspending,
    seen: seen.suspended,
    now: at(1),
    becomes: { phase: 'suspended', startedAt: null, deleteAt: at(14 * 24 * 60 + 1), lookAt: at(14 * 24 * 60 + 1) },
  },
  {
    says: 'a failed suspend is tried again',
    lab: suspending,
    seen: seen.suspendFailed,
    call: 'suspend',
    becomes: { phase: 'suspending', attempts: 2 },
  },
  {
    says: 'a suspend that keeps failing is told, and the lab is kept',
    lab: { ...suspending, attempts: MAX_ATTEMPTS },
    seen: seen.suspendFailed,
    becomes: { phase: 'failed', problem: 'lab/suspend-failed', ...placed },
  },

  {
    says: 'back in the middle of a suspend: waits for it',
    lab: asked(suspending),
    seen: seen.suspending,
    becomes: { phase: 'suspending', desired: 'running' },
  },
  {
    says: '… then resumes',
    lab: asked(suspending),
    seen: seen.suspended,
    call: 'resume',
    becomes: { phase: 'resuming', desired: 'running' },
  },
  {
    says: '… or goes on, when the suspend had not begun',
    lab: asked(suspending),
    seen: seen.running,
    becomes: { phase: 'running', desired: 'running' },
  },
  {
    says: '… and a suspend that failed is answered by a resume',
    lab: asked(suspending),
    seen: seen.suspendFailed,
    call: 'resume',
    becomes: { phase: 'resuming' },
  },

  {
    says: 'a start wakes',
    lab: asked(suspended),
    seen: seen.suspended,
    call: 'resume',
    becomes: { phase: 'resuming' },
  },
  { says: 'a resume under way is waited for', lab: resuming, seen: seen.resuming, becomes: { phase: 'resuming' } },
  {
    says: 'resumed',
    lab: resuming,
    seen: seen.running,
    now: at(1),
    becomes: { phase: 'running', suspendAt: at(13), problem: null },
  },
  {
    says: 'a resume that failed is tried again',
    lab: resuming,
    seen: seen.resumeFailed,
    call: 'resume',
    becomes: { phase: 'resuming', attempts: 2 },
  },
  {
    says: 'a resume that keeps failing is told; the lab is kept',
    lab: { ...resuming, attempts: MAX_ATTEMPTS },
    seen: seen.resumeFailed,
    becomes: { phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended', ...placed },
  },
  {
    says: 'a resume that takes too long is told; the lab is kept',
    lab: resuming,
    seen: seen.resuming,
    now: at(15),
    becomes: { phase: 'failed', problem: 'lab/resume-failed', ...placed },
  },
  {
    says: 'a lab that could not be woken is put to sleep again, and says why meanwhile',
    lab: { ...resuming, phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended' },
    seen: seen.resumeFailed,
    call: 'suspend',
    becomes: { phase: 'failed', problem: 'lab/resume-failed', ...placed },
  },
  {
    says: '… also when it woke after all, too late',
    lab: { ...resuming, phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended' },
    seen: seen.running,
    call: 'suspend',
    becomes: { phase: 'failed', problem: 'lab/resume-failed', ...placed },
  },
  {
    says: '… rests as it is, asleep',
    lab: { ...resuming, phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended' },
    seen: seen.suspended,
    becomes: { phase: 'failed', problem: 'lab/resume-failed', startedAt: null, ...placed },
  },
  {
    says: '… or as it can, where the cloud refuses to suspend it',
    lab: { ...resuming, phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended', attempts: MAX_ATTEMPTS },
    seen: seen.suspendFailed,
    becomes: { phase: 'failed', problem: 'lab/resume-failed', startedAt: null, ...placed },
  },
  {
    says: '… and is adopted when somebody wakes it by hand',
    lab: { ...suspended, phase: 'failed', problem: 'lab/resume-failed' },
    seen: seen.running,
    becomes: { phase: 'running', desired: 'running', problem: null },
  },
  {
    says: 'a lab that could not be paused is asleep after all',
    lab: { ...suspended, phase: 'failed', problem: 'lab/suspend-failed' },
    seen: seen.suspended,
    becomes: { phase: 'suspended', problem: null },
  },
  {
    says: 'what runs is not yet the learner’s while its terminal does not answer',
    lab: launching,
    seen: { state: 'unready', why: 'ssh: ECONNREFUSED' },
    now: at(1),
    becomes: { phase: 'launching', reason: 'ssh: ECONNREFUSED', problem: null },
  },
  {
    says: 'a launch whose terminal never answers has failed, and staff read why',
    lab: launching,
    seen: { state: 'unready', why: 'ssh: ECONNREFUSED' },
    now: at(15),
    becomes: { phase: 'failed', problem: 'lab/launch-timeout', reason: 'not ready in time: ssh: ECONNREFUSED' },
  },
  {
    says: 'a resumed lab whose terminal never answers is kept',
    lab: resuming,
    seen: { state: 'unready', why: 'ssh: timeout' },
    now: at(15),
    becomes: { phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended', lookAt: at(15), ...placed },
  },
  {
    says: 'servers that want it are rebooted after the resume',
    lab: resuming,
    seen: { state: 'unbooted' },
    call: 'reboot',
    becomes: { phase: 'resuming' },
  },
  {
    says: '… and wakes at the next try',
    lab: asked({ ...resuming, phase: 'failed', problem: 'lab/resume-failed', desired: 'suspended' }),
    seen: seen.resumeFailed,
    call: 'resume',
    becomes: { phase: 'resuming', problem: null },
  },
  {
    says: 'it vanished while asleep',
    lab: asked(suspended),
    seen: seen.absent,
    becomes: { phase: 'failed', problem: 'lab/removed' },
  },

  {
    says: 'suspend asked for in mid-launch waits for the launch',
    lab: { ...launching, ...wishes.suspend(launching, T0, 'learner') },
    seen: seen.creating,
    becomes: { phase: 'launching', desired: 'suspended' },
  },
  {
    says: '… then suspends',
    lab: { ...launching, ...wishes.suspend(launching, T0, 'learner') },
    seen: seen.running,
    call: 'suspend',
    becomes: { phase: 'suspending' },
  },
  {
    says: '… or is done with, when the launch never reached the cloud',
    lab: { ...launching, ...wishes.suspend(launching, T0, 'learner') },
    seen: seen.absent,
    becomes: { phase: 'absent', stack: null },
  },

  {
    says: 'a reset deletes first',
    lab: { ...running, ...wishes.reset(running, T0, policy) },
    seen: seen.running,
    call: 'delete',
    becomes: { phase: 'resetting' },
  },
  { says: '… waits for the deletion', lab: resetting, seen: seen.deleting, becomes: { phase: 'resetting' } },
  {
    says: '… then creates',
    lab: resetting,
    seen: seen.absent,
    call: 'create',
    becomes: { phase: 'launching', resetting: false, ...placed },
  },
  {
    says: 'a reset of nothing is a start',
    lab: { ...okLab(), ...wishes.reset(okLab(), T0, policy) },
    seen: seen.absent,
    call: 'create',
    becomes: { phase: 'launching' },
  },

  {
    says: 'kept until the deadline',
    lab: suspended,
    seen: seen.suspended,
    now: at(14 * 24 * 60 - 1),
    becomes: { phase: 'suspended' },
  },
  {
    says: 'deleted at the deadline',
    lab: suspended,
    seen: seen.suspended,
    now: at(14 * 24 * 60),
    call: 'delete',
    becomes: { phase: 'deleting', desired: 'absent' },
  },
  {
    says: 'a lab that failed asleep is deleted at its deadline too',
    lab: { ...suspended, phase: 'failed', problem: 'lab/resume-failed' },
    seen: seen.resumeFailed,
    now: at(14 * 24 * 60),
    call: 'delete',
    becomes: { phase: 'deleting', desired: 'absent', problem: null },
  },
  { says: 'deleting: waited for', lab: deleting, seen: seen.deleting, becomes: { phase: 'deleting' } },
  {
    says: 'deleted',
    lab: deleting,
    seen: seen.absent,
    becomes: { phase: 'absent', stack: null, cloud: null, lookAt: null },
  },
  {
    says: 'back while it is deleted: built anew',
    lab: asked(deleting),
    seen: seen.deleting,
    becomes: { phase: 'resetting', desired: 'running' },
  },
  {
    says: 'a deletion that failed is tried again',
    lab: deleting,
    seen: seen.deleteFailed,
    call: 'delete',
    becomes: { phase: 'deleting', attempts: 2 },
  },
  {
    says: 'a deletion that keeps failing is told',
    lab: { ...deleting, attempts: MAX_ATTEMPTS },
    seen: seen.deleteFailed,
    becomes: { phase: 'failed', problem: 'lab/delete-failed', ...placed },
  },
]

describe('decide', () => {
  for (const row of table) {
    it(row.says, () => {
      const decision = decide(row.lab, row.seen, row.now ?? T0, rules)
      assert.equal(decision.call, row.call)
      const next = { ...row.lab, ...decision.change }
      for (const [key, value] of Object.entries(row.becomes)) assert.deepEqual(Reflect.get(next, key), value, key)
    })
  }

  it('tells how long a launch and a resume took', () => {
    assert.deepEqual(decide(launching, seen.running, at(2), rules).finished, { kind: 'launch', seconds: 120 })
    assert.deepEqual(decide(resuming, seen.running, at(1), rules).finished, { kind: 'resume', seconds: 60 })
    assert.equal(decide(running, seen.running, at(1), rules).finished, undefined)
  })

  it('names why it suspends: idle, or left', () => {
    assert.equal(decide(running, seen.running, at(12), rules).change.cause, 'idle')
    const gone = { ...running, ...wishes.left(running, at(1), policy) }
    assert.equal(decide(gone, seen.running, at(3), rules).change.cause, 'left')
  })
})

/** Every lab the table knows, whatever is observed: the rules that must always hold. */
describe('decide, whatever it meets', () => {
  const labs = [...table.map(({ lab }) => lab), okLab()]
  const everything = Object.values(seen)

  it('deletes only at a deadline, for a reset, an operator, or the remains of a failed launch', () => {
    for (const lab of labs) {
      for (const observed of everything) {
        const { call, change } = decide(lab, observed, at(1), rules)
        if (call !== 'delete') continue
        const meant = lab.resetting || lab.desired === 'absent' || change.desired === 'absent'
        const remains = observed.state === 'failed' && (observed.action === 'create' || observed.action === 'delete')
        assert.ok(meant || remains, `${lab.phase}/${lab.desired} saw ${JSON.stringify(observed)}`)
      }
    }
  })

  it('is never at a dead end: every lab is at rest where it is wanted, failed with a word, or looked at again', () => {
    for (const lab of labs) {
      for (const observed of everything) {
        const next = { ...lab, ...decide(lab, observed, at(1), rules).change }
        const atRest = next.phase === next.desired || (next.phase === 'failed' && next.problem !== null)
        assert.ok(atRest || next.lookAt !== null, `${lab.phase}/${lab.desired} saw ${JSON.stringify(observed)}`)
      }
    }
  })

  it('a start leads on from everywhere', () => {
    for (const lab of labs) {
      const wanted = asked(lab, at(1))
      assert.equal(wanted.desired, 'running')
      assert.deepEqual(wanted.lookAt, at(1))
      assert.equal(wanted.problem, lab.phase === 'failed' ? null : wanted.problem)
    }
  })
})

describe('afterFailure', () => {
  const unreachable = new LabError('cloud/unreachable')
  const refused = new LabError('cloud/refused', { message: 'quota' })

  it('an unreachable cloud changes nothing but the next look', () => {
    for (const lab of [launching, running, suspending, suspended, resuming, resetting, deleting]) {
      const next = { ...lab, ...afterFailure(lab, 'observe', unreachable, at(1), rules) }
      assert.equal(next.phase, lab.phase)
      assert.equal(next.stack, lab.stack)
      assert.equal(next.desired, lab.desired)
      assert.ok(next.lookAt && next.lookAt > at(1) && next.lookAt <= at(2))
    }
  })
  it('a cloud that is wrongly set up is called so, not silent', () => {
    const wrong = new LabError('cloud/misconfigured')
    assert.equal(afterFailure(launching, 'observe', wrong, at(1), rules).problem, 'cloud/misconfigured')
    assert.equal(afterFailure(launching, 'observe', unreachable, at(1), rules).problem, 'cloud/unreachable')
  })
  it('a launch that the cloud never answered ends in time', () => {
    assert.equal(afterFailure(launching, 'observe', unreachable, at(15), rules).problem, 'lab/launch-timeout')
    const resumed = afterFailure(resuming, 'observe', unreachable, at(15), rules)
    assert.equal(resumed.problem, 'lab/resume-failed')
    assert.equal(resumed.desired, 'suspended')
  })
  it('a refused create is told; a refused resume or suspend is tried again, then told, and loses nothing', () => {
    assert.equal(afterFailure(launching, 'create', refused, T0, rules).problem, 'lab/launch-failed')
    assert.equal(afterFailure(resuming, 'resume', refused, T0, rules).phase, undefined)
    for (const [lab, call, problem] of [
      [resuming, 'resume', 'lab/resume-failed'],
      [suspending, 'suspend', 'lab/suspend-failed'],
      [deleting, 'delete', 'lab/delete-failed'],
    ] as const) {
      const change = afterFailure({ ...lab, attempts: MAX_ATTEMPTS }, call, refused, T0, rules)
      assert.equal(change.problem, problem)
      assert.equal(change.stack, undefined)
    }
  })
})
