import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import { labFor, mayUse } from '../../src/auth/access.js'
import type { Principal } from '../../src/auth/ports.js'
import type { JwtTrust, LabConfig, TerminalConfig } from '../../src/config/config.js'
import { DEFAULT_POLICY } from '../../src/config/policy.js'

const COURSE = 'course-v1:acme+CEPH+2026'
const shell: TerminalConfig = {
  name: 'shell',
  title: 'Shell',
  protocol: 'ssh',
  display: 'xterm',
  host: { output: 'host' },
  port: { output: 'port' },
  readOnly: false,
}
const lab: LabConfig = {
  name: 'ceph-101',
  title: 'Ceph',
  clouds: [{ name: 'here' }],
  terminals: [shell],
  policy: DEFAULT_POLICY,
}
const caller: Principal = { issuer: 'https://lms.example.org', subject: 'learner-1', roles: ['learner'] }
const trust: JwtTrust = { type: 'jwt', issuer: caller.issuer, audience: 'a', keys: { file: '/keys.json' } }

describe('mayUse', () => {
  const table: [string, Partial<Principal>, Partial<LabConfig>, boolean][] = [
    ['any trusted caller, where nothing is said', {}, {}, true],
    ['a caller with a course, where none is asked for', { context: COURSE }, {}, true],
    ['the right course', { context: COURSE }, { courses: ['other', COURSE] }, true],
    ['another course', { context: 'course-v1:acme+NET+2026' }, { courses: [COURSE] }, false],
    ['a course that only begins alike', { context: `${COURSE}-x` }, { courses: [COURSE] }, false],
    ['a course in other letters', { context: COURSE.toLowerCase() }, { courses: [COURSE] }, false],
    ['no course', {}, { courses: [COURSE] }, false],
    ['no course, where the list is empty', {}, { courses: [] }, false],
    ['a token for this lab', { labs: ['ceph-101'] }, {}, true],
    ['a token for other labs', { labs: ['net-1'] }, {}, false],
    ['a token for no lab', { labs: [] }, {}, false],
    ['the right lab, the wrong course', { labs: ['ceph-101'], context: 'x' }, { courses: [COURSE] }, false],
    ['the wrong lab, the right course', { labs: ['net-1'], context: COURSE }, { courses: [COURSE] }, false],
    ['an instructor of another course', { roles: ['instructor'], context: 'x' }, { courses: [COURSE] }, false],
  ]
  for (const [what, who, which, allowed] of table) {
    it(`${what}: ${allowed ? 'yes' : 'no'}`, () => {
      const access = mayUse({ ...caller, ...who }, { ...lab, ...which })
      assert.deepEqual(access, allowed ? { allowed, readOnly: false } : { allowed, code: 'auth/forbidden' })
    })
  }

  it('is read-only where every terminal is', () => {
    const watch = { ...shell, name: 'watch', readOnly: true }
    assert.deepEqual(mayUse(caller, { ...lab, terminals: [watch] }), { allowed: true, readOnly: true })
    assert.deepEqual(mayUse(caller, { ...lab, terminals: [watch, shell] }), { allowed: true, readOnly: false })
  })
})

describe('labFor', () => {
  const closed = { ...lab, name: 'closed', courses: [COURSE] }
  const labs = new Map([lab, closed].map((one) => [one.name, one]))
  const table: [string, Partial<Principal>, string, Partial<JwtTrust> | undefined, string][] = [
    ['a lab of mine', {}, 'ceph-101', {}, 'ceph-101'],
    ['a name that no lab has', {}, 'nothing', {}, 'lab/unknown'],
    ['a name from the prototype', {}, '__proto__', {}, 'lab/unknown'],
    ['a lab of another course', {}, 'closed', {}, 'auth/forbidden'],
    ['a limited token, another lab', { labs: ['ceph-101'] }, 'closed', {}, 'auth/forbidden'],
    ['a limited token, no lab at all', { labs: ['ceph-101'] }, 'nothing', {}, 'auth/forbidden'],
    ['a limited issuer, no lab at all', {}, 'nothing', { labs: ['ceph-101'] }, 'auth/forbidden'],
    ['an issuer limited since', {}, 'ceph-101', { labs: ['closed'] }, 'auth/forbidden'],
    ['an issuer trusted no more', {}, 'ceph-101', undefined, 'auth/forbidden'],
  ]
  for (const [what, who, name, entry, outcome] of table) {
    it(`${what}: ${outcome}`, () => {
      const config = { labs, trust: entry === undefined ? [] : [{ ...trust, ...entry }] }
      let got: string
      try {
        got = labFor({ ...caller, ...who }, name, config).name
      } catch (error) {
        assert.ok(error instanceof LabError)
        assert.equal(error.detail, undefined)
        got = error.code
      }
      assert.equal(got, outcome)
    })
  }
})
