import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { exportSPKI, importJWK } from 'jose'
import { LabError, type ProblemCode } from '../../../../src/wire/problems.js'
import { OpenedxSignIn } from '../../../src/auth/openedx/sign-in.js'
import type { LabConfig, OpenedxTrust } from '../../../src/config/config.js'
import { DEFAULT_POLICY } from '../../../src/config/policy.js'
import { cookieHeader, FakeOpenedx, rsaKey, splitToken } from '../../fakes/openedx.js'
import { windowsFor } from '../../fakes/openedx-window.js'
import { refusal } from '../support.js'

const COURSE = 'course-v1:acme+CEPH+2026'
const ADA = { id: 7, username: 'ada' }
const MINUTE = 60_000

const lab = (name: string, courses?: readonly string[]): LabConfig => ({
  name,
  title: name,
  clouds: [{ name: 'here' }],
  terminals: [],
  policy: DEFAULT_POLICY,
  ...(courses && { courses }),
})
const LABS = [
  lab('ceph-101', ['course-v1:other', COURSE]),
  lab('open'),
  lab('many', ['1', '2', '3', '4', '5', COURSE]),
  lab('foreign', ['course-v1:other']),
]

let time = Date.parse('2026-11-26T12:00:00Z')
const now = () => new Date(time)
let lms: FakeOpenedx
before(async () => {
  lms = await FakeOpenedx.start({ now })
})
after(() => lms.close())
beforeEach(() => {
  time += 10 * MINUTE
  lms.fault = undefined
  lms.asked.length = 0
  lms.roles.clear()
  lms.enrolments.clear()
  lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
})

function signIn(change: Partial<OpenedxTrust> = {}): OpenedxSignIn {
  const config = { trust: [lms.trust(change)], labs: new Map(LABS.map((one) => [one.name, one])) }
  return new OpenedxSignIn({ config, windows: windowsFor(now), now, fetch })
}

const ask = async (token: string, change: object = {}, on = signIn()) =>
  (await on.vouch({ cookies: cookieHeader(token), origin: lms.url, lab: 'ceph-101', course: COURSE, ...change }))
    .principal

describe('a token of Open edX', () => {
  it('makes a principal of its issuer and the number of its user', async () => {
    assert.deepEqual(await ask(await lms.token(ADA)), {
      issuer: lms.issuer,
      subject: '7',
      name: 'ada Example',
      roles: ['learner'],
      context: COURSE,
    })
  })

  it('is asked about with its own words only, and by no other name', async () => {
    await ask(await lms.token(ADA))
    assert.deepEqual(lms.asked.sort(), [
      `/api/enrollment/v1/enrollment/ada,${encodeURIComponent(COURSE)}`,
      `/api/enrollment/v1/roles/?course_id=${encodeURIComponent(COURSE)}`,
    ])
  })

  type Make = () => Promise<string>
  const claims =
    (change: Record<string, unknown>): Make =>
    () =>
      lms.token(ADA, change)
  const without = (claim: string): Make => {
    return () => lms.sign(Object.fromEntries(Object.entries(lms.claims(ADA)).filter(([key]) => key !== claim)))
  }
  const seconds = () => Math.floor(time / 1000)
  const table: [string, Make, ProblemCode, RegExp?][] = [
    ['of another issuer', claims({ iss: 'https://lms.evil.example/oauth2' }), 'auth/token-invalid', /iss/],
    ['of the LMS without its path', () => lms.token(ADA, { iss: lms.url }), 'auth/token-invalid', /iss/],
    ['for another audience', claims({ aud: 'other' }), 'auth/token-invalid', /aud/],
    ['expired', () => lms.token(ADA, { exp: seconds() - 31 }), 'auth/token-expired'],
    ['from the future', () => lms.token(ADA, { nbf: seconds() + 60 }), 'auth/token-invalid', /nbf/],
    ['restricted', claims({ is_restricted: true }), 'auth/token-invalid', /restricted/],
    ['that does not say whether it is restricted', without('is_restricted'), 'auth/token-invalid', /restricted/],
    ['of version 2', claims({ version: '2.0.0' }), 'auth/token-invalid', /version/],
    ['of version 1 in other words', claims({ version: 1 }), 'auth/token-invalid', /version/],
    ['of version 11', claims({ version: '11.0.0' }), 'auth/token-invalid', /version/],
    ['without a version', without('version'), 'auth/token-invalid', /version/],
    ['without a user', without('user_id'), 'auth/token-invalid', /user_id/],
    ['without a name', without('preferred_username'), 'auth/token-invalid', /preferred_username/],
    ['without an end', without('exp'), 'auth/token-invalid', /exp/],
    ['of a user by name', claims({ user_id: 'ada' }), 'auth/token-invalid', /user_id/],
    ['of user 0', claims({ user_id: 0 }), 'auth/token-invalid', /user_id/],
    ['of half a user', claims({ user_id: 7.5 }), 'auth/token-invalid', /user_id/],
    ['of an endless name', claims({ preferred_username: 'a'.repeat(256) }), 'auth/token-invalid'],
    [
      'signed by another key',
      async () => lms.sign(lms.claims(ADA), {}, (await rsaKey()).privateKey),
      'auth/token-invalid',
    ],
    ['with a changed claim', async () => tampered(await lms.token(ADA)), 'auth/token-invalid', /signature/],
    ['without a signature', async () => `${unsigned({ alg: 'none' })}AAAA`, 'auth/token-invalid'],
    ['signed with the public key as a secret', hmacWithPublicKey, 'auth/token-invalid'],
  ]
  for (const [what, make, code, words] of table) {
    it(`${what} is refused`, async () => {
      const error = await refusal(ask(await make()))
      assert.equal(error.code, code)
      if (words) assert.match(error.message, words)
      assert.deepEqual(lms.asked, [], 'the LMS was not asked about it')
      assert.ok(!`${error.message} ${error.detail}`.includes('eyJ'), 'the token is not repeated')
    })
  }

  function unsigned(header: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part(header)}.${part(lms.claims(ADA))}.`
  }

  function tampered(token: string): string {
    const [header, payload, signature] = token.split('.')
    const body = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    return `${header}.${Buffer.from(JSON.stringify({ ...body, user_id: 1 })).toString('base64url')}.${signature}`
  }

  async function hmacWithPublicKey(): Promise<string> {
    const [, key] = lms.jwks.keys
    const spki = await exportSPKI(Object(await importJWK(key ?? {}, 'RS512')))
    const { createHmac } = await import('node:crypto')
    const body = unsigned({ alg: 'HS512', typ: 'JWT' }).slice(0, -1)
    return `${body}.${createHmac('sha512', spki).update(body).digest('base64url')}`
  }
})

describe('the cookies', () => {
  const halves = async () => splitToken(await lms.token(ADA))
  const name = { payload: 'edx-jwt-cookie-header-payload', signature: 'edx-jwt-cookie-signature' }
  const table: [string, () => Promise<string | undefined>, ProblemCode][] = [
    ['none', async () => undefined, 'auth/no-session'],
    ['others', async () => 'sessionid=x; csrftoken=y', 'auth/no-session'],
    ['the half that scripts can read', async () => `${name.payload}=${(await halves()).payload}`, 'auth/no-session'],
    ['the signature alone', async () => `${name.signature}=${(await halves()).signature}`, 'auth/no-session'],
    [
      'an empty signature',
      async () => `${name.payload}=${(await halves()).payload}; ${name.signature}=`,
      'auth/no-session',
    ],
    [
      'a name that only ends alike',
      async () => `x${cookieHeader(await lms.token(ADA))}`.replaceAll('edx-', 'x-edx-'),
      'auth/no-session',
    ],
    [
      'two tokens, as when a sibling site set one',
      async () => `${cookieHeader(await lms.token(ADA))}; ${cookieHeader(await lms.token({ id: 8, username: 'eve' }))}`,
      'auth/token-invalid',
    ],
    ['far too much', async () => `${name.payload}=${'a'.repeat(20_000)}.b; ${name.signature}=c`, 'auth/token-invalid'],
    ['no token', async () => `${name.payload}=not a token; ${name.signature}=c`, 'auth/token-invalid'],
  ]
  for (const [what, make, code] of table) {
    it(`${what}: ${code}`, async () => {
      const cookies = await make()
      assert.equal((await refusal(ask('a.b.c', { cookies }))).code, code)
    })
  }

  it('may have other names, and may come twice alike', async () => {
    const { payload, signature } = await halves()
    const cookies = `stage-p=${payload}; stage-s=${signature}; stage-p=${payload}`
    const on = signIn({ cookies: { payload: 'stage-p', signature: 'stage-s' } })
    assert.equal((await ask('', { cookies }, on)).subject, '7')
  })
})

describe('who may', () => {
  const people = {
    ada: ADA,
    eve: { id: 8, username: 'eve' },
    tina: { id: 9, username: 'tina' },
    root: { id: 1, username: 'root', administrator: true },
  }
  type Row = [what: string, who: keyof typeof people, asked: object, trust: Partial<OpenedxTrust>, outcome: string]
  const table: Row[] = [
    ['enrolled', 'ada', {}, {}, `learner ${COURSE}`],
    ['enrolled, and the page says no course', 'ada', { course: undefined }, {}, `learner ${COURSE}`],
    [
      'enrolled, and the page says a course that is not of the lab',
      'ada',
      { course: 'course-v1:mine' },
      {},
      'auth/forbidden',
    ],
    ['enrolled elsewhere', 'ada', { lab: 'foreign', course: 'course-v1:other' }, {}, 'auth/forbidden'],
    ['enrolled elsewhere, and the page says so', 'ada', { lab: 'foreign' }, {}, 'auth/forbidden'],
    ['not enrolled', 'eve', {}, {}, 'auth/forbidden'],
    ['enrolled in a mode that counts', 'ada', {}, { modes: ['verified', 'audit'] }, `learner ${COURSE}`],
    ['enrolled in a mode that does not count', 'ada', {}, { modes: ['verified'] }, 'auth/forbidden'],
    ['of the staff, whatever modes count', 'tina', {}, { modes: ['verified'] }, `instructor ${COURSE}`],
    ['of the staff of the course', 'tina', {}, {}, `instructor ${COURSE}`],
    ['of the staff of another course', 'tina', { lab: 'foreign', course: 'course-v1:other' }, {}, 'auth/forbidden'],
    ['of the staff of the platform', 'root', {}, {}, `instructor ${COURSE}`],
    ['a lab for any course, enrolled', 'ada', { lab: 'open' }, {}, `learner ${COURSE}`],
    ['a lab for any course, not enrolled', 'eve', { lab: 'open' }, {}, 'auth/forbidden'],
    ['a lab for any course, and the page says none', 'ada', { lab: 'open', course: undefined }, {}, 'auth/forbidden'],
    ['a lab of many courses', 'ada', { lab: 'many' }, {}, `learner ${COURSE}`],
    ['a lab of many courses, and the page says none', 'ada', { lab: 'many', course: undefined }, {}, 'auth/forbidden'],
    ['no such lab', 'ada', { lab: 'nothing' }, {}, 'lab/unknown'],
    ['a lab that this platform has not', 'ada', {}, { labs: ['open'] }, 'auth/forbidden'],
    ['no such lab, from a limited platform', 'ada', { lab: 'nothing' }, { labs: ['open'] }, 'auth/forbidden'],
    ['anybody, where the LMS is not asked', 'eve', {}, { enrolment: 'none' }, 'learner -'],
    ['a page of another site', 'ada', { origin: 'https://evil.example' }, {}, 'auth/issuer-untrusted'],
    ['a page of a sibling', 'ada', { origin: 'http://x.127.0.0.1' }, {}, 'auth/issuer-untrusted'],
  ]
  for (const [what, who, asked, trust, outcome] of table) {
    it(`${what}: ${outcome}`, async () => {
      lms.roles.set('tina', [{ org: 'acme', course_id: COURSE, role: 'staff' }])
      const token = await lms.token(people[who])
      const got = await ask(token, asked, signIn(trust)).then(
        ({ roles, context }) => `${roles.join()} ${context ?? '-'}`,
        (error: unknown) => (error instanceof LabError ? error.code : String(error)),
      )
      assert.equal(got, outcome)
    })
  }

  it('an enrolment that is not active counts for nothing', async () => {
    lms.enrolments.set(`ada,${COURSE}`, { mode: 'verified', is_active: false })
    assert.equal((await refusal(ask(await lms.token(ADA)))).code, 'auth/forbidden')
  })

  it('a beta tester is no staff', async () => {
    lms.roles.set('ada', [{ org: 'acme', course_id: COURSE, role: 'beta_testers' }])
    assert.deepEqual((await ask(await lms.token(ADA))).roles, ['learner'])
  })

  it('the LMS is not asked where the operator says so', async () => {
    await ask(await lms.token(ADA), {}, signIn({ enrolment: 'none' }))
    assert.deepEqual(lms.asked, [])
  })
})

describe('the LMS', () => {
  const faults: [string, FakeOpenedx['fault'], ProblemCode][] = [
    ['is broken', { status: 500, body: 'oops' }, 'auth/issuer-unreachable'],
    ['throttles', { status: 429, body: '{"detail":"Request was throttled."}' }, 'auth/issuer-unreachable'],
    ['answers a page', { status: 200, body: '<html>' }, 'auth/issuer-unreachable'],
    ['answers something else', { status: 200, body: '[]' }, 'auth/issuer-unreachable'],
    ['answers about another', { status: 200, body: '{"user":"eve","is_active":true}' }, 'auth/issuer-unreachable'],
    ['answers for ever', { status: 200, body: `"${'x'.repeat(300_000)}"` }, 'auth/issuer-unreachable'],
    ['refuses the token', { status: 401, body: '{}' }, 'auth/no-session'],
    ['knows no such learner', { status: 404, body: '{}' }, 'auth/forbidden'],
  ]
  for (const [what, fault, code] of faults) {
    it(`that ${what}: ${code}, and the next time it is asked again`, async () => {
      const on = signIn()
      lms.fault = fault
      const token = await lms.token(ADA)
      assert.equal((await refusal(ask(token, {}, on))).code, code)
      lms.fault = undefined
      time += 11_000
      assert.equal((await ask(token, {}, on)).context, COURSE)
    })
  }

  it('that is away: auth/issuer-unreachable', async () => {
    const error = await refusal(ask(await lms.token(ADA), {}, signIn({ lms: 'http://127.0.0.1:9' })))
    assert.equal(error.code, 'auth/issuer-unreachable')
  })

  it('is asked once by fifty at once, and again after a minute', async () => {
    const on = signIn()
    const token = await lms.token(ADA)
    await Promise.all(Array.from({ length: 50 }, () => ask(token, {}, on)))
    assert.equal(lms.asked.length, 2)
    time += 59_000
    await ask(token, {}, on)
    assert.equal(lms.asked.length, 2)
    time += 1_000
    await ask(token, {}, on)
    assert.equal(lms.asked.length, 4)
  })

  it('is asked again after ten seconds about one it did not know', async () => {
    const on = signIn()
    lms.enrolments.clear()
    const token = await lms.token(ADA)
    assert.equal((await refusal(ask(token, {}, on))).code, 'auth/forbidden')
    lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
    assert.equal((await refusal(ask(token, {}, on))).code, 'auth/forbidden')
    time += 10_000
    assert.equal((await ask(token, {}, on)).context, COURSE)
  })

  it('an enrolment that ends is noticed within a minute', async () => {
    const on = signIn()
    const token = await lms.token(ADA)
    await ask(token, {}, on)
    lms.enrolments.clear()
    time += MINUTE
    assert.equal((await refusal(ask(token, {}, on))).code, 'auth/forbidden')
  })

  it('is spared by who asks about many courses', async () => {
    const on = signIn()
    const token = await lms.token({ id: 8, username: 'eve' })
    const codes = new Map<string, number>()
    for (let n = 0; n < 40; n += 1) {
      const { code } = await refusal(ask(token, { lab: 'open', course: `course-v1:guess+${n}` }, on))
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    assert.deepEqual(
      [...codes],
      [
        ['auth/forbidden', 15],
        ['request/too-many', 25],
      ],
    )
    // Others are not held up, and neither is this one a minute later.
    assert.equal((await ask(await lms.token(ADA), {}, on)).subject, '7')
    time += MINUTE
    assert.equal((await refusal(ask(token, { lab: 'open', course: 'x' }, on))).code, 'auth/forbidden')
  })
})
