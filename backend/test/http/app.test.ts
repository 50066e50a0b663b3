import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { PROBLEMS } from '../../../src/wire/problems.js'
import { buildApp } from '../../src/app.js'
import { createIssuer, type Issuer } from '../../src/auth/issuer.js'
import type { TicketClaims } from '../../src/auth/ports.js'
import { Sessions } from '../../src/auth/sessions.js'
import { Tickets } from '../../src/auth/tickets.js'
import { TokenVerifier } from '../../src/auth/tokens.js'
import type { Config, LabConfig } from '../../src/config/config.js'
import { Presence } from '../../src/http/presence.js'
import { Labs } from '../../src/labs/labs.js'
import { MemoryAuthStore } from '../fakes/auth-store.js'
import { FakeCloud } from '../fakes/cloud.js'
import { FakeLabStore } from '../fakes/lab-store.js'

const LMS = 'https://lms.example.org'
const MIN = 60_000

const shell = { name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm', readOnly: false } as const
const lab: LabConfig = {
  name: 'ceph-101',
  title: 'Ceph',
  courses: ['course-v1:acme+CEPH'],
  clouds: [{ name: 'fake' }],
  terminals: [{ ...shell, host: { output: 'host' }, port: { literal: '22' } }],
  policy: { idleWarn: 10 * MIN, idleSuspend: 12 * MIN, leaveGrace: 2 * MIN, deleteAfter: 0, launchTimeout: 15 * MIN },
}

async function setUp() {
  const issuer = await createIssuer({ issuer: LMS, audience: 'http://127.0.0.1:8080' })
  const cdnFolder = await mkdtemp(join(tmpdir(), 'lab-cdn-'))
  await writeFile(join(cdnFolder, 'lab-terminal.js'), 'export {}')
  const config: Config = {
    file: 'lab-terminal.yaml',
    listen: { host: '127.0.0.1', port: 8080 },
    publicUrl: 'http://127.0.0.1:8080',
    origins: [LMS],
    database: { type: 'embedded', folder: '/nowhere' },
    stateFolder: '/nowhere',
    clouds: [],
    trust: [{ type: 'jwt', issuer: LMS, audience: issuer.audience, keys: { jwks: issuer.jwks } }],
    labs: new Map([[lab.name, lab]]),
    concurrency: 8,
  }
  const now = (): Date => new Date()
  const log = pino({ level: 'silent' })
  const auth = { store: new MemoryAuthStore(), now, random: randomBytes }
  const store = new FakeLabStore()
  const labs = new Labs({ store, clouds: new Map([['fake', new FakeCloud()]]), configs: config.labs, now, log })
  const accepted: TicketClaims[] = []
  const app = await buildApp({
    config,
    tokens: new TokenVerifier({ config, store: auth.store, now, fetch }),
    sessions: new Sessions(auth),
    tickets: new Tickets(auth),
    labs,
    presence: new Presence({ labs, log }),
    gateway: { accept: (_socket, claims) => void accepted.push(claims) },
    log,
    now,
    ready: async () => undefined,
    cdnFolder,
  })
  return { app, issuer, store, accepted, cdnFolder }
}

describe('the HTTP surface', () => {
  let backend: Awaited<ReturnType<typeof setUp>>
  before(async () => {
    backend = await setUp()
  })
  after(async () => {
    await backend.app.close()
    await rm(backend.cdnFolder, { recursive: true })
  })

  const host = '127.0.0.1:8080'
  async function signIn(issuer: Issuer, claims: object = {}): Promise<Record<string, string>> {
    const token = await issuer.mint({ sub: 'ada', context: 'course-v1:acme+CEPH', ...claims })
    const answer = await backend.app.inject({
      method: 'POST',
      url: '/v1/sessions',
      headers: { host, origin: LMS },
      payload: { grant: 'jwt', token },
    })
    assert.equal(answer.statusCode, 200, answer.body)
    const { session, learner, roles } = answer.json<{ session: string; learner: object; roles: string[] }>()
    assert.deepEqual([learner, roles], [claims, ['learner']])
    return { host, origin: LMS, authorization: `Bearer ${session}` }
  }

  it('takes a sign-in, and serves the lab of its learner', async () => {
    const headers = await signIn(backend.issuer, { name: 'Ada' })
    const absent = await backend.app.inject({ url: '/v1/labs/ceph-101', headers })
    assert.equal(absent.json<{ phase: string }>().phase, 'absent')
    const started = await backend.app.inject({ method: 'POST', url: '/v1/labs/ceph-101/start', headers })
    const status = started.json<{ phase: string; terminals: object[] }>()
    assert.equal(status.phase, 'launching')
    assert.deepEqual(status.terminals, [{ name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm' }])
    assert.equal(started.headers['access-control-allow-origin'], LMS)
    assert.equal(started.headers['access-control-allow-credentials'], undefined)
  })

  it('refuses a learner of another course, in words that give nothing away', async () => {
    const token = await backend.issuer.mint({ sub: 'bob', context: 'course-v1:other' })
    const signed = await backend.app.inject({
      method: 'POST',
      url: '/v1/sessions',
      headers: { host, origin: LMS },
      payload: { grant: 'jwt', token },
    })
    const bob = { host, origin: LMS, authorization: `Bearer ${signed.json<{ session: string }>().session}` }
    const answer = await backend.app.inject({ url: '/v1/labs/ceph-101', headers: bob })
    assert.equal(answer.statusCode, 403)
    assert.deepEqual(answer.json(), {
      type: 'urn:lab-terminal:problem:auth/forbidden',
      status: 403,
      code: 'auth/forbidden',
      title: PROBLEMS['auth/forbidden'].title,
      retry: 'never',
    })
    assert.equal(answer.headers['access-control-allow-origin'], LMS)
  })

  it('answers a preflight of a known page only', async () => {
    const preflight = (origin: string) =>
      backend.app.inject({
        method: 'OPTIONS',
        url: '/v1/labs/ceph-101/start',
        headers: {
          host,
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
    const known = await preflight(LMS)
    assert.equal(known.statusCode, 204)
    assert.equal(known.headers['access-control-allow-origin'], LMS)
    for (const origin of ['https://evil.example', 'null', `${LMS}.evil.example`]) {
      const foreign = await preflight(origin)
      assert.equal(foreign.statusCode, 403, origin)
      assert.equal(foreign.headers['access-control-allow-origin'], undefined, origin)
    }
  })

  it('serves the element to any page, and nothing else', async () => {
    const script = await backend.app.inject({
      url: '/cdn/lab-terminal.js',
      headers: { host, origin: 'https://anything.example' },
    })
    assert.equal(script.statusCode, 200)
    assert.equal(script.headers['access-control-allow-origin'], '*')
    assert.equal((await backend.app.inject({ url: '/cdn/../app.ts', headers: { host } })).statusCode, 404)
  })

  it('describes itself', async () => {
    const api = await backend.app.inject({ url: '/openapi.json', headers: { host } })
    const { paths } = api.json<{ paths: Record<string, object> }>()
    const action = (name: string): string => `/v1/labs/{lab}/${name}`
    assert.deepEqual(
      Object.keys(paths).sort(),
      [
        '/v1/sessions',
        '/v1/labs/{lab}',
        ...['start', 'suspend', 'reset', 'touch', 'events'].map(action),
        '/v1/labs/{lab}/terminals/{name}/tickets',
      ].sort(),
    )
    const metrics = await backend.app.inject({ url: '/metrics', headers: { host } })
    assert.match(metrics.body, /lab_terminal_labs\{phase="launching"\} 1/)
    assert.equal((await backend.app.inject({ url: '/readyz', headers: { host } })).statusCode, 200)
  })

  it('bounds what it reads', async () => {
    const payload = { grant: 'jwt', token: 'x'.repeat(20_000) }
    const long = await backend.app.inject({
      method: 'POST',
      url: '/v1/sessions',
      headers: { host, origin: LMS },
      payload,
    })
    assert.equal(long.json<{ code: string }>().code, 'request/invalid')
    const huge = await backend.app.inject({
      method: 'POST',
      url: '/v1/sessions',
      headers: { host, origin: LMS },
      payload: { x: 'y'.repeat(100_000) },
    })
    assert.equal(huge.json<{ code: string }>().code, 'request/invalid')
  })

  it('gives one tunnel for one ticket, which never comes back in a header', async () => {
    const headers = await signIn(backend.issuer)
    const answer = await backend.app.inject({
      method: 'POST',
      url: '/v1/labs/ceph-101/terminals/shell/tickets',
      headers,
    })
    const { ticket, url } = answer.json<{ ticket: string; url: string }>()
    assert.equal(url, 'ws://127.0.0.1:8080/v1/tunnel')
    const address = await backend.app.listen({ host: '127.0.0.1', port: 0 })
    const open = (): WebSocket =>
      new WebSocket(`${address.replace('http', 'ws')}/v1/tunnel`, ['lab-ssh.v1', `ticket.${ticket}`], {
        origin: LMS,
        headers: { host },
      })
    const first = open()
    await once(first, 'open')
    assert.equal(first.protocol, 'lab-ssh.v1')
    const second = open()
    const [code] = await once(second, 'close')
    assert.equal(code, 4408)
    assert.deepEqual(
      backend.accepted.map(({ lab: name, terminal, readOnly }) => [name, terminal, readOnly]),
      [['ceph-101', 'shell', false]],
    )
    first.terminate()
  })
})
