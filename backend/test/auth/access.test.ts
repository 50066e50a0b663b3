import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import { coursesInQuestion, labFor, mayUse } from '../../src/auth/access.js'
import type { Principal } from '../../src/auth/ports.js'
import type { JwtTrust, LabConfig, OpenedxTrust, TerminalConfig, Trust } from '../../src/config/config.js'
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

const openedx: OpenedxTrust = {
  type: 'openedx',
  lms: 'https://lms.example.org',
  issuer: caller.issuer,
  audience: 'openedx',
  keys: { file: '/keys.json' },
  enrolment: 'required',
  recheck: 300_000,
  cookies: { payload: 'p', signature: 's' },
  origins: ['https://lms.example.org'],
}

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
  const table: [string, Partial<Principal>, string, Trust | Partial<JwtTrust> | undefined, string][] = [
    ['Open edX: a confirmed course', { context: COURSE }, 'closed', openedx, 'closed'],
    ['Open edX: another course', { context: 'x' }, 'closed', openedx, 'auth/forbidden'],
    ['Open edX: any course, for a lab of any', { context: 'x' }, 'ceph-101', openedx, 'ceph-101'],
    ['Open edX: no course', {}, 'ceph-101', openedx, 'auth/forbidden'],
    ['Open edX: staff without a course', { roles: ['instructor'] }, 'ceph-101', openedx, 'auth/forbidden'],
    ['Open edX that is not asked', {}, 'ceph-101', { ...openedx, enrolment: 'none' }, 'ceph-101'],
    [
      'Open edX that is not asked, a lab of a course',
      {},
      'closed',
      { ...openedx, enrolment: 'none' },
      'auth/forbidden',
    ],
    ['Open edX limited since', { context: COURSE }, 'closed', { ...openedx, labs: ['ceph-101'] }, 'auth/forbidden'],
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

describe('coursesInQuestion', () => {
  const many = { ...lab, name: 'many', courses: ['1', '2', '3', '4', '5', '6'] }
  const few = { ...lab, name: 'few', courses: ['1', COURSE] }
  const config = { labs: new Map([lab, few, many].map((one) => [one.name, one])) }
  const table: [string, { lab: string; course?: string }, Partial<OpenedxTrust>, string[] | string][] = [
    ['all of a lab', { lab: 'few' }, {}, ['1', COURSE]],
    ['the one that the page names', { lab: 'few', course: COURSE }, {}, [COURSE]],
    ['none, where the page names another', { lab: 'few', course: 'x' }, {}, []],
    ['none of very many', { lab: 'many' }, {}, []],
    ['one of very many', { lab: 'many', course: '6' }, {}, ['6']],
    ['the page’s own, for a lab of any', { lab: 'ceph-101', course: 'x' }, {}, ['x']],
    ['none, where nobody says one', { lab: 'ceph-101' }, {}, []],
    ['no such lab', { lab: 'nothing' }, {}, 'lab/unknown'],
    ['a lab of others', { lab: 'few' }, { labs: ['many'] }, 'auth/forbidden'],
    ['no such lab, limited', { lab: 'nothing' }, { labs: ['many'] }, 'auth/forbidden'],
  ]
  for (const [what, asked, change, outcome] of table) {
    it(`${what}: ${outcome}`, () => {
      try {
        assert.deepEqual(coursesInQuestion({ ...openedx, ...change }, asked, config), outcome)
      } catch (error) {
        if (!(error instanceof LabError)) throw error
        assert.equal(error.code, outcome)
      }
    })
  }
})
