import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Step, stateOf, stepTo } from '../../../src/clouds/openstack/stack-state.js'

type Row = [status: string, state: string, toSuspended: Step, toRunning: Step]

const ROWS: Row[] = [
  ['INIT_IN_PROGRESS', 'working create', 'wait', 'wait'],
  ['INIT_COMPLETE', 'working create', 'wait', 'wait'],
  ['CREATE_IN_PROGRESS', 'working create', 'wait', 'wait'],
  ['CREATE_COMPLETE', 'running', 'suspend', 'nothing'],
  ['CREATE_FAILED', 'failed create', 'refuse', 'refuse'],
  ['ADOPT_COMPLETE', 'running', 'suspend', 'nothing'],
  ['ADOPT_FAILED', 'failed create', 'refuse', 'refuse'],
  ['SUSPEND_IN_PROGRESS', 'working suspend', 'nothing', 'wait'],
  ['SUSPEND_COMPLETE', 'suspended', 'nothing', 'resume'],
  // Heat resumes nothing whose suspend failed, and suspends nothing whose resume failed.
  ['SUSPEND_FAILED', 'failed suspend', 'suspend', 'suspend'],
  ['RESUME_IN_PROGRESS', 'working resume', 'wait', 'nothing'],
  ['RESUME_COMPLETE', 'running', 'suspend', 'nothing'],
  ['RESUME_FAILED', 'failed resume', 'resume', 'resume'],
  ['DELETE_IN_PROGRESS', 'working delete', 'wait', 'wait'],
  ['DELETE_COMPLETE', 'absent', 'refuse', 'refuse'],
  ['DELETE_FAILED', 'failed delete', 'refuse', 'refuse'],
  ...['UPDATE', 'ROLLBACK', 'CHECK', 'SNAPSHOT', 'RESTORE'].flatMap((action): Row[] => [
    [`${action}_IN_PROGRESS`, 'working resume', 'wait', 'nothing'],
    [`${action}_COMPLETE`, 'running', 'suspend', 'nothing'],
    [`${action}_FAILED`, 'running', 'suspend', 'nothing'],
  ]),
  ['WHO_KNOWS', 'working resume', 'wait', 'nothing'],
  ['', 'working resume', 'wait', 'nothing'],
]

describe("Heat's status", () => {
  for (const [status, state, toSuspended, toRunning] of ROWS) {
    it(`${status || 'empty'} is ${state}; suspend: ${toSuspended}, resume: ${toRunning}`, () => {
      const seen = stateOf(status)
      assert.equal('action' in seen ? `${seen.state} ${seen.action}` : seen.state, state)
      assert.equal(stepTo('suspend', seen), toSuspended)
      assert.equal(stepTo('resume', seen), toRunning)
    })
  }
})
