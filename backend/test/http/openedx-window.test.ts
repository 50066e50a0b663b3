/** The sign-in window of an Open edX over HTTP, against a real OAuth 2 server (oidc-provider). */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { buildApp } from '../../src/app.js'
import { OpenedxSignIn } from '../../src/auth/openedx/sign-in.js'
import type { Config, LabConfig, OpenedxTrust } from '../../src/config/config.js'
import { DEFAULT_POLICY } from '../../src/config/policy.js'
import { appDeps, CONFIG } from '../fakes/app-deps.js'
import { MemoryLtiStore } from '../fakes/lti-store.js'
import { cookieHeader, FakeOpenedx } from '../fakes/openedx.js'
import { CLIENT, jwksOfOauth, type SeenOauth, serveOauth } from '../fakes/openedx-oauth.js'
import { windowsFor } from '../fakes/openedx-window.js'

const COURSE = 'course-v1:acme+CEPH+2026'
const ADA = { id: 7, username: 'ada' }
const EVE = { id: 8, username: 'eve' }
const PUBLIC = 'https://labs.example.org'
const MINUTE = 60_000
const lab: LabConfig = {
  ...{ name: 'ceph-101', title: 'Ceph', courses: [COURSE], clouds: [{ name: 'fake' }] },
  ...{ terminals: [], policy: DEFAULT_POLICY },
}

let ahead = 0
const now = () => new Date(Date.now() + ahead)
let lms: FakeOpenedx
let seen: SeenOauth
let app: Awaited<ReturnType<typeof buildApp>>
let store: MemoryLtiStore
before(async () => {
  lms = await FakeOpenedx.start({ now })
  for (const user of [ADA, EVE]) lms.users.set(user.id, user)
})
after(async () => {
  await app?.close()
  await lms?.close()
})
beforeEach(async () => {
  ahead = 0
  await app?.close()
  const trust: OpenedxTrust = lms.trust({
    keys: { jwks: await jwksOfOauth(lms) },
    oauth: {
      ...{ clientId: CLIENT.id, clientSecret: CLIENT.secret },
      ...{ authUrl: `${lms.issuer}/authorize/`, tokenUrl: `${lms.issuer}/access_token/` },
    },
  })
  const config: Config = {
    ...{ ...CONFIG, publicUrl: PUBLIC, origins: [lms.url, 'https://plain.example.org'], trust: [trust] },
    labs: new Map([[lab.name, lab]]),
  }
  store = new MemoryLtiStore(now)
  const openedx = new OpenedxSignIn({ config, windows: windowsFor(now, PUBLIC, store), now, fetch })
  app = await buildApp(appDeps(config, { openedx, now }))

  seen = serveOauth(lms, { redirect: `${PUBLIC}/openedx/signed-in` })
  lms.fault = undefined
  lms.signedIn = ADA
  lms.enrolments.clear()
  lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
})

const JWT = /eyJ[\w-]+\.eyJ/
const secret = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const host = new URL(PUBLIC).host

function open(verifier: string, origin = lms.url) {
  const query = new URLSearchParams({ origin, challenge: challengeOf(verifier) })
  return app.inject({ url: `/openedx/sign-in?${query}`, headers: { host } })
}

/** What a browser does between the two pages of ours; answers where it is led back, and its cookie. */
async function through(verifier: string): Promise<{ back: URL; cookie: string }> {
  const opened = await open(verifier)
  assert.equal(opened.statusCode, 302, opened.body)
  const [cookie] = opened.cookies
  assert.ok(cookie)
  const led = await fetch(String(opened.headers.location), { redirect: 'manual' })
  return { back: new URL(led.headers.get('location') ?? ''), cookie: `${cookie.name}=${cookie.value}` }
}

function comeBack(back: URL, cookie?: string) {
  return app.inject({ url: back.pathname + back.search, headers: { host, ...(cookie && { cookie }) } })
}

const codeIn = (page: string) => /data-code="([^"]+)"/.exec(page)?.[1] ?? ''

async function codeFor(verifier: string): Promise<string> {
  const { back, cookie } = await through(verifier)
  const page = await comeBack(back, cookie)
  assert.equal(page.statusCode, 200, page.body)
  return codeIn(page.body)
}

function exchange(more: object, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: '/v1/sessions',
    headers: { host, origin: lms.url, 'content-type': 'application/json', ...headers },
    payload: JSON.stringify({ grant: 'openedx', lab: lab.name, course: COURSE, ...more }),
  })
}

async function signIn() {
  const verifier = secret()
  const answer = await exchange({ window: { code: await codeFor(verifier), verifier } })
  assert.equal(answer.statusCode, 200, answer.body)
  const { session } = answer.json<{ session: string }>()
  return { session, authorization: `Bearer ${session}` }
}

describe('the sign-in window', () => {
  it('a page without cookies is told that a window helps', async () => {
    const answer = await exchange({})
    assert.equal(answer.statusCode, 401)
    assert.equal(answer.json().code, 'auth/window-needed')
  })

  it('cookies that come from another site, should a browser send them, are not read', async () => {
    const cookie = cookieHeader(await lms.token(ADA))
    const answer = await exchange({}, { cookie, 'sec-fetch-site': 'cross-site' })
    assert.equal(answer.json().code, 'auth/window-needed')
    assert.equal((await exchange({}, { cookie, 'sec-fetch-site': 'same-site' })).statusCode, 200)
  })

  it('leads to the LMS with PKCE by S256, an exact redirect and a state', async () => {
    const opened = await open(secret())
    const address = new URL(String(opened.headers.location))
    assert.equal(address.origin + address.pathname, `${lms.issuer}/authorize/`)
    const { searchParams: query } = address
    assert.equal(query.get('redirect_uri'), `${PUBLIC}/openedx/signed-in`)
    assert.equal(query.get('code_challenge_method'), 'S256')
    assert.equal(query.get('response_type'), 'code')
    for (const name of ['state', 'code_challenge']) assert.match(query.get(name) ?? '', /^[A-Za-z0-9_-]{43}$/)
    const [cookie] = opened.cookies
    assert.match(cookie?.name ?? '', /^__Host-openedx-/)
    assert.deepEqual([cookie?.secure, cookie?.httpOnly, cookie?.sameSite], [true, true, 'Lax'])
  })

  it('gives the page a code for a session of the same learner as by cookies', async () => {
    const verifier = secret()
    const { back, cookie } = await through(verifier)
    const page = await comeBack(back, cookie)
    assert.ok(page.body.includes(`data-origin="${lms.url}"`), page.body)
    assert.equal(page.headers['cross-origin-opener-policy'], undefined)
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
    const answer = await exchange({ window: { code: codeIn(page.body), verifier } })
    assert.equal(answer.statusCode, 200, answer.body)
    const { session, endsAt, now: at, learner } = answer.json()
    assert.equal(learner.name, 'ada Example')
    assert.ok(Math.abs(Date.parse(endsAt) - Date.parse(at) - 5 * MINUTE) < 5_000)
    const status = await app.inject({
      url: `/v1/labs/${lab.name}`,
      headers: { host, origin: lms.url, authorization: `Bearer ${session}` },
    })
    assert.equal(status.statusCode, 200, status.body)
    const byCookies = await exchange(
      {},
      { cookie: cookieHeader(await lms.token(ADA)), authorization: `Bearer ${session}` },
    )
    assert.equal(byCookies.json().session, session, 'the same learner, so the same session goes on')
    assert.deepEqual(seen.granted, ['authorization_code'])
  })

  type Refusal = [what: string, run: () => Promise<{ statusCode: number; body: string }>, code: string]
  const table: Refusal[] = [
    ['a page of another site opens it', () => open(secret(), 'https://evil.example.org'), 'auth/issuer-untrusted'],
    [
      'a page of ours that is of no Open edX',
      () => open(secret(), 'https://plain.example.org'),
      'auth/issuer-untrusted',
    ],
    ['it comes back to another browser', async () => comeBack((await through(secret())).back), 'auth/session-expired'],
    [
      'it comes back with the cookie of another window',
      async () => comeBack((await through(secret())).back, (await through(secret())).cookie),
      'auth/session-expired',
    ],
    [
      'it comes back twice',
      async () => {
        const { back, cookie } = await through(secret())
        await comeBack(back, cookie)
        return comeBack(back, cookie)
      },
      'auth/session-expired',
    ],
    [
      'it comes back after 10 minutes',
      async () => {
        const { back, cookie } = await through(secret())
        ahead = 10 * MINUTE
        return comeBack(back, cookie)
      },
      'auth/session-expired',
    ],
    [
      'a made-up state',
      () => comeBack(new URL(`${PUBLIC}/openedx/signed-in?state=${secret()}&code=x`), 'a=b'),
      'auth/session-expired',
    ],
    [
      'the LMS says no',
      async () => {
        const { back, cookie } = await through(secret())
        back.searchParams.delete('code')
        back.searchParams.set('error', 'access_denied')
        return comeBack(back, cookie)
      },
      'auth/no-session',
    ],
    [
      'a code that the LMS did not give',
      async () => {
        const { back, cookie } = await through(secret())
        back.searchParams.set('code', 'made-up')
        return comeBack(back, cookie)
      },
      'auth/token-invalid',
    ],
    [
      'a code of another window of the LMS: its PKCE does not fit',
      async () => {
        const [mine, other] = [await through(secret()), await through(secret())]
        mine.back.searchParams.set('code', other.back.searchParams.get('code') ?? '')
        return comeBack(mine.back, mine.cookie)
      },
      'auth/token-invalid',
    ],
    [
      'the page has another secret',
      async () => exchange({ window: { code: await codeFor(secret()), verifier: secret() } }),
      'auth/session-expired',
    ],
    [
      'the code is shown twice',
      async () => {
        const verifier = secret()
        const window = { code: await codeFor(verifier), verifier }
        await exchange({ window })
        return exchange({ window })
      },
      'auth/session-expired',
    ],
    [
      'the code is shown after a minute',
      async () => {
        const verifier = secret()
        const window = { code: await codeFor(verifier), verifier }
        ahead = MINUTE
        return exchange({ window })
      },
      'auth/session-expired',
    ],
    [
      'the learner is in no course of the lab',
      async () => {
        lms.signedIn = EVE
        const verifier = secret()
        return exchange({ window: { code: await codeFor(verifier), verifier } })
      },
      'auth/forbidden',
    ],
  ]
  for (const [what, run, code] of table) {
    it(`${what}: ${code}`, async () => {
      const answer = await run()
      assert.ok(answer.statusCode >= 400, String(answer.statusCode))
      assert.ok(answer.body.includes(code), answer.body.slice(-600))
    })
  }
})

describe('a page that signed in by a window', () => {
  it('comes again with its session alone, and the LMS is asked anew', async () => {
    const { session, authorization } = await signIn()
    ahead = 4 * MINUTE
    lms.asked.length = 0
    const again = await exchange({}, { authorization })
    assert.equal(again.json().session, session)
    assert.ok(lms.asked.some((path) => path.includes('/enrollment/v1/enrollment/ada,')))
  })

  it('is put out when the enrolment ended, and another time too', async () => {
    const { authorization } = await signIn()
    ahead = 4 * MINUTE
    lms.enrolments.clear()
    assert.equal((await exchange({}, { authorization })).json().code, 'auth/forbidden')
    const status = await app.inject({ url: `/v1/labs/${lab.name}`, headers: { host, origin: lms.url, authorization } })
    assert.equal(status.statusCode, 401)
    assert.equal((await exchange({}, { authorization })).json().code, 'auth/forbidden')
  })

  it('comes again after its session ended, while the token lives', async () => {
    const { session, authorization } = await signIn()
    ahead = 20 * MINUTE
    const again = await exchange({}, { authorization })
    assert.equal(again.statusCode, 200, again.body)
    assert.notEqual(again.json().session, session)
  })

  it('does not lose its way when the LMS does not answer for a while', async () => {
    const { session, authorization } = await signIn()
    ahead = 2 * MINUTE
    lms.fault = { status: 500, body: '' }
    assert.equal((await exchange({}, { authorization })).json().code, 'auth/issuer-unreachable')
    lms.fault = undefined
    assert.equal((await exchange({}, { authorization })).json().session, session)
  })

  it('gets another token when the first has ended', async () => {
    seen = serveOauth(lms, { redirect: `${PUBLIC}/openedx/signed-in`, lives: [600, 7200] })
    const { session, authorization } = await signIn()
    ahead = 4 * MINUTE
    assert.equal((await exchange({}, { authorization })).json().session, session)
    ahead = 12 * MINUTE
    const again = await exchange({}, { authorization })
    assert.equal(again.statusCode, 200, again.body)
    assert.deepEqual(seen.granted, ['authorization_code', 'refresh_token'])
  })

  it('asks for another window when the LMS renews nothing', async () => {
    seen = serveOauth(lms, { redirect: `${PUBLIC}/openedx/signed-in`, lives: [600] })
    const { authorization } = await signIn()
    ahead = 12 * MINUTE
    seen = serveOauth(lms, { redirect: `${PUBLIC}/openedx/signed-in` })
    assert.equal((await exchange({}, { authorization })).json().code, 'auth/window-needed')
  })

  it('a page of another origin, or another bearer, gets nothing of it', async () => {
    const { authorization } = await signIn()
    const other = `Bearer ${randomBytes(38).toString('base64url')}`
    assert.equal((await exchange({}, { authorization: other })).json().code, 'auth/window-needed')
    const elsewhere = await exchange({}, { authorization, origin: 'https://plain.example.org' })
    assert.equal(elsewhere.json().code, 'auth/issuer-untrusted')
  })

  it('no token and no secret of the window lies in the store as it is', async () => {
    const verifier = secret()
    const code = await codeFor(verifier)
    const kept = () => JSON.stringify([...store.once])
    assert.ok(kept().includes('window-code'))
    assert.ok(!JWT.test(kept()) && !kept().includes(code))
    const { session } = (await exchange({ window: { code, verifier } })).json()
    assert.ok(kept().includes('window-tokens'))
    assert.ok(!JWT.test(kept()) && !kept().includes(session))
  })
})
