/** Sign-in by the cookies of an Open edX over HTTP, and what keeps the right of a connection true while it lives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { buildApp } from '../../src/app.js'
import type { Config, LabConfig, Trust } from '../../src/config/config.js'
import { DEFAULT_POLICY } from '../../src/config/policy.js'
import { appDeps, CONFIG } from '../fakes/app-deps.js'
import { MemoryAuthStore } from '../fakes/auth-store.js'
import { cookieHeader, FakeOpenedx } from '../fakes/openedx.js'

const COURSE = 'course-v1:acme+CEPH+2026'
const ADA = { id: 7, username: 'ada' }
const PLAIN = 'https://plain.example.org'
const host = '127.0.0.1:8080'
const MINUTE = 60_000

const shell = { name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm', readOnly: false } as const
const lab: LabConfig = {
  name: 'ceph-101',
  title: 'Ceph',
  courses: [COURSE],
  clouds: [{ name: 'fake' }],
  terminals: [{ ...shell, host: { output: 'host' }, port: { literal: '22' } }],
  policy: DEFAULT_POLICY,
}

let time: number
const now = () => new Date(time)
let lms: FakeOpenedx
let backend: Awaited<ReturnType<typeof setUp>>
before(async () => {
  time = Date.now()
  lms = await FakeOpenedx.start({ now })
  backend = await setUp()
})
after(async () => {
  await backend?.app.close()
  await lms?.close()
})
beforeEach(() => {
  time += 20 * MINUTE
  lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
  backend.trust.splice(0, backend.trust.length, backend.openedx)
})

async function setUp() {
  const openedx = lms.trust()
  const trust: Trust[] = [openedx]
  const config: Config = {
    ...{ ...CONFIG, origins: [lms.url, PLAIN], trust, proxies: ['127.0.0.1'] },
    labs: new Map([[lab.name, lab]]),
  }
  const authStore = new MemoryAuthStore(now)
  const deps = appDeps(config, { authStore, now })
  const app = await buildApp(deps)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, address, vigil: deps.vigil, openedx, trust, store: authStore }
}

type Headers = Record<string, string>

async function exchange(headers: Headers = {}, payload: unknown = { grant: 'openedx', lab: lab.name, course: COURSE }) {
  return backend.app.inject({
    method: 'POST',
    url: '/v1/sessions',
    headers: {
      ...{ host, origin: lms.url, 'sec-fetch-site': 'same-site', 'content-type': 'application/json' },
      cookie: cookieHeader(await lms.token(ADA)),
      ...headers,
    },
    payload: JSON.stringify(payload),
  })
}

async function signIn(headers: Headers = {}): Promise<Headers> {
  const answer = await exchange(headers)
  assert.equal(answer.statusCode, 200, answer.body)
  const { session } = answer.json<{ session: string }>()
  return { host, origin: lms.url, authorization: `Bearer ${session}` }
}

const status = async (headers: Headers) => (await backend.app.inject({ url: '/v1/labs/ceph-101', headers })).statusCode

describe('cookies of the LMS', () => {
  it('become a session of 5 minutes, and are asked for at one address only', async () => {
    const answer = await exchange()
    const body = answer.json<Record<string, unknown>>()
    assert.deepEqual([body['learner'], body['roles']], [{ name: 'ada Example' }, ['learner']])
    assert.equal(body['endsAt'], new Date(time + 5 * MINUTE).toISOString())
    assert.equal(answer.headers['access-control-allow-credentials'], 'true')
    assert.equal(answer.headers['access-control-allow-origin'], lms.url)
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.headers['set-cookie'], undefined)
    assert.match(String(answer.headers.vary), /origin/i)

    const got = await backend.app.inject({ url: '/v1/labs/ceph-101', headers: await signIn() })
    assert.equal(got.statusCode, 200)
    assert.equal(got.headers['access-control-allow-credentials'], undefined)
  })

  it('are stored nowhere', async () => {
    await signIn()
    const stored = JSON.stringify([...backend.store.sessions, ...backend.store.tickets, ...backend.store.tokenIds])
    assert.ok(!stored.includes('eyJ'), stored)
  })

  it('are asked for by a preflight of the pages of the LMS only', async () => {
    const preflight = async (url: string, origin: string) => {
      const headers = {
        host,
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      }
      const answer = await backend.app.inject({ method: 'OPTIONS', url, headers })
      return [answer.statusCode, answer.headers['access-control-allow-credentials']]
    }
    assert.deepEqual(await preflight('/v1/sessions', lms.url), [204, 'true'])
    assert.deepEqual(await preflight('/v1/sessions', PLAIN), [204, undefined])
    assert.deepEqual(await preflight('/v1/labs/ceph-101/start', lms.url), [204, undefined])
    assert.deepEqual(await preflight('/v1/sessions', 'https://evil.example'), [403, undefined])
  })

  const forged: [string, Headers, number, string][] = [
    ['without an origin', { origin: '' }, 403, 'auth/origin-refused'],
    ['of a sandboxed page', { origin: 'null' }, 403, 'auth/origin-refused'],
    ['of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403, 'auth/origin-refused'],
    ['of a sibling site', { origin: 'http://evil.localhost' }, 403, 'auth/origin-refused'],
    ['across sites, whatever its origin', { 'sec-fetch-site': 'cross-site' }, 403, 'auth/origin-refused'],
    ['from the address bar', { 'sec-fetch-site': 'none' }, 403, 'auth/origin-refused'],
    ['of a page that signs in otherwise', { origin: PLAIN }, 401, 'auth/issuer-untrusted'],
    ['by a form', { 'content-type': 'application/x-www-form-urlencoded' }, 400, 'request/invalid'],
    ['by a form of files', { 'content-type': 'multipart/form-data; boundary=x' }, 400, 'request/invalid'],
    ['as text, which needs no permission', { 'content-type': 'text/plain' }, 400, 'request/invalid'],
    ['without cookies', { cookie: '' }, 401, 'auth/no-session'],
  ]
  for (const [what, headers, code, problem] of forged) {
    it(`${what}: ${code}`, async () => {
      const answer = await exchange(headers)
      assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [code, problem])
      assert.ok(!answer.body.includes('eyJ'))
    })
  }

  it('without even the header of an origin: 403 auth/origin-refused', async () => {
    const headers = { host, 'content-type': 'application/json', cookie: cookieHeader(await lms.token(ADA)) }
    const payload = JSON.stringify({ grant: 'openedx', lab: lab.name, course: COURSE })
    const answer = await backend.app.inject({ method: 'POST', url: '/v1/sessions', headers, payload })
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [403, 'auth/origin-refused'])
  })

  it('sign in nowhere else', async () => {
    const cookie = cookieHeader(await lms.token(ADA))
    for (const [method, url] of [
      ['GET', '/v1/labs/ceph-101'],
      ['POST', '/v1/labs/ceph-101/start'],
      ['GET', '/v1/labs/ceph-101/events'],
      ['POST', '/v1/labs/ceph-101/terminals/shell/tickets'],
    ] as const) {
      const answer = await backend.app.inject({ method, url, headers: { host, origin: lms.url, cookie } })
      assert.equal(answer.statusCode, 401, url)
    }
  })
})

describe('a session that is shown again', () => {
  it('goes on, and only for the same learner', async () => {
    const first = await signIn()
    time += 4 * MINUTE
    assert.deepEqual(await signIn(first), first)
    time += 4 * MINUTE
    assert.equal(await status(first), 200)
    const eve = cookieHeader(await lms.token({ id: 1, username: 'root', administrator: true }))
    assert.notDeepEqual(await signIn({ ...first, cookie: eve }), first)
  })

  it('ends at once when the LMS says that the learner is out', async () => {
    const headers = await signIn()
    lms.enrolments.clear()
    time += MINUTE
    assert.equal(await status(headers), 200)
    assert.equal((await exchange(headers)).statusCode, 403)
    assert.equal(await status(headers), 401)
  })

  it('stays when the LMS cannot be asked', async () => {
    const headers = await signIn()
    time += MINUTE
    lms.fault = { status: 503, body: '' }
    assert.equal((await exchange(headers)).statusCode, 503)
    lms.fault = undefined
    assert.equal(await status(headers), 200)
  })

  it('ends after 5 minutes of constant use without the LMS', async () => {
    const headers = await signIn()
    for (let minute = 0; minute < 5; minute += 1) {
      assert.equal(await status(headers), 200)
      time += MINUTE
    }
    assert.equal(await status(headers), 401)
  })
})

describe('what is open', () => {
  async function ticketOf(headers: Headers): Promise<string> {
    await backend.app.inject({ method: 'POST', url: '/v1/labs/ceph-101/start', headers })
    const url = '/v1/labs/ceph-101/terminals/shell/tickets'
    return (await backend.app.inject({ method: 'POST', url, headers })).json<{ ticket: string }>().ticket
  }

  function tunnel(ticket: string, origin = lms.url): WebSocket {
    const address = `${backend.address.replace('http', 'ws')}/v1/tunnel`
    return new WebSocket(address, ['lab-ssh.v1', `ticket.${ticket}`], { origin, headers: { host } })
  }

  /** How a tunnel ends; -1 where it stays. */
  async function endOf(socket: WebSocket): Promise<number> {
    return new Promise((resolve) => {
      setTimeout(resolve, 60_000, -1).unref()
      socket.on('close', resolve)
      socket.on('unexpected-response', (request, response) => {
        request.destroy()
        resolve(response.statusCode ?? 0)
      })
      socket.on('error', () => undefined)
    })
  }

  async function open(headers: Headers): Promise<{ socket: WebSocket; ended: Promise<number> }> {
    const socket = tunnel(await ticketOf(headers))
    const ended = endOf(socket)
    await once(socket, 'open')
    // The ticket is looked at after the handshake; once it was found good, the server reads and answers.
    socket.ping()
    await once(socket, 'pong')
    return { socket, ended }
  }

  it('stays while its right does', async () => {
    const headers = await signIn()
    const { socket, ended } = await open(headers)
    for (let minute = 0; minute < 60; minute += 1) {
      time += MINUTE
      if (minute % 4 === 0) await signIn(headers)
      await backend.vigil.look()
    }
    assert.equal(socket.readyState, socket.OPEN)
    socket.terminate()
    await ended
  })

  it('closes with 4401 when its session ends', async () => {
    const { ended } = await open(await signIn())
    time += 15 * MINUTE
    await backend.vigil.look()
    assert.equal(await ended, 4401)
  })

  it('closes with 4401 when the enrolment ended and the page showed itself again', async () => {
    const headers = await signIn()
    const { ended } = await open(headers)
    lms.enrolments.clear()
    time += MINUTE
    await exchange(headers)
    assert.equal(await ended, 4401, 'at once, not with the next look')
  })

  it('closes with 4403 when the session says another course, or the issuer is trusted no more', async () => {
    const one = await open(await signIn())
    backend.trust.length = 0
    await backend.vigil.look()
    assert.equal(await one.ended, 4403)
    backend.trust.push({ ...backend.openedx, labs: [] })
    const other = tunnel('x'.repeat(43))
    assert.equal(await endOf(other), 4408)
  })

  it('the stream of events ends too', async () => {
    const headers = await signIn()
    const { port } = new URL(backend.address)
    const [stream] = await once(get({ port, path: '/v1/labs/ceph-101/events', headers, agent: false }), 'response')
    assert.equal(stream.statusCode, 200)
    const ended = new Promise((resolve) => stream.on('error', resolve).on('close', resolve).resume())
    time += 15 * MINUTE
    await backend.vigil.look()
    await ended
  })

  it('a ticket is good once, for its page, for 30 seconds, and while its session lives', async () => {
    const headers = await signIn()
    const used = await ticketOf(headers)
    const first = tunnel(used)
    await once(first, 'open')
    assert.equal(await endOf(tunnel(used)), 4408)
    first.terminate()
    assert.equal(await endOf(tunnel(await ticketOf(headers), PLAIN)), 4408)
    assert.equal(await endOf(tunnel(await ticketOf(headers), 'https://evil.example')), 403)
    const late = await ticketOf(headers)
    time += 30_000
    assert.equal(await endOf(tunnel(late)), 4408)
    time += MINUTE
    const orphan = await ticketOf(headers)
    lms.enrolments.clear()
    time += 29_999
    assert.equal((await exchange(headers)).statusCode, 403)
    assert.equal(await endOf(tunnel(orphan)), 4401)
  })
})

describe('limits', () => {
  it('are counted for a session: one that does too much holds up nobody else', async () => {
    const headers = await signIn()
    const reset = async (who: Headers) =>
      (await backend.app.inject({ method: 'POST', url: '/v1/labs/ceph-101/reset', headers: who })).json<{
        code?: string
      }>()
    for (let n = 0; n < 30; n += 1) assert.equal((await reset(headers)).code, undefined)
    assert.equal((await reset(headers)).code, 'request/too-many')
    assert.equal((await reset(await signIn())).code, undefined)
  })

  it('of sign-ins are counted for an address behind a known proxy', async () => {
    const knock = (address: string) => exchange({ 'x-forwarded-for': address }, { grant: 'none' })
    const flood = await Promise.all(Array.from({ length: 1200 }, () => knock('192.0.2.1')))
    assert.deepEqual([...new Set(flood.map(({ statusCode }) => statusCode))], [400])
    assert.equal((await knock('192.0.2.1')).statusCode, 429)
    assert.equal((await knock('192.0.2.2')).statusCode, 400)
  })
})
