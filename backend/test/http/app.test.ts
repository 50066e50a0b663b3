import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type ClientOptions, WebSocket } from 'ws'
import { LabError, PROBLEMS } from '../../../src/wire/problems.js'
import { buildApp } from '../../src/app.js'
import { createIssuer, type Issuer } from '../../src/auth/issuer.js'
import type { TicketClaims } from '../../src/auth/ports.js'
import type { Config, LabConfig } from '../../src/config/config.js'
import { tunnelUrl } from '../../src/http/labs.js'
import { appDeps, CONFIG } from '../fakes/app-deps.js'

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
    ...CONFIG,
    origins: [LMS],
    trust: [{ type: 'jwt', issuer: LMS, audience: issuer.audience, keys: { jwks: issuer.jwks } }],
    labs: new Map([[lab.name, lab]]),
  }
  const accepted: TicketClaims[] = []
  const accept = (_socket: unknown, claims: TicketClaims): void => void accepted.push(claims)
  const bundles = [{ version: '1.2.3', folder: cdnFolder, files: new Map() }]
  const deps = appDeps(config, {
    gateway: { accept, files: () => Promise.reject(new LabError('lab/not-running')) },
    desks: { accept },
    bundles,
  })
  const app = await buildApp(deps)
  return { app, issuer, accepted, cdnFolder }
}

describe('the HTTP surface', () => {
  let backend: Awaited<ReturnType<typeof setUp>>
  let address: string
  before(async () => {
    backend = await setUp()
    address = await backend.app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await backend.app.close()
    await rm(backend.cdnFolder, { recursive: true })
  })

  const host = '127.0.0.1:8080'
  const openTunnel = (protocols: string[], options: ClientOptions): WebSocket =>
    new WebSocket(`${address.replace('http', 'ws')}/v1/tunnel`, protocols, options)
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
        '/v1/tunnels/{tunnel}/streams/{index}/{filename}',
        '/v1/tunnels/{tunnel}/streams/{index}/{filename}/capability',
        '/v1/labs/{lab}',
        ...['start', 'suspend', 'reset', 'touch', 'events'].map(action),
        '/v1/labs/{lab}/terminals/{name}/files',
        '/v1/labs/{lab}/terminals/{name}/tickets',
        '/v1/labs/{lab}/terminals/{name}/uploads/{upload}',
        '/v1/labs/{lab}/terminals/{name}/uploads/{upload}/cancel',
        '/v1/labs/{lab}/recordings',
        '/v1/labs/{lab}/recordings/{id}',
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
    const open = (): WebSocket => openTunnel(['lab-ssh.v1', `ticket.${ticket}`], { origin: LMS, headers: { host } })
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

  it('keeps no socket of an upgrade that it refused', async () => {
    const refused: [string, ClientOptions][] = [
      ['a foreign page', { origin: 'https://evil.example', headers: { host } }],
      ['a foreign host', { origin: LMS, headers: { host: 'evil.example' } }],
    ]
    for (const [who, options] of refused) {
      const [error] = await once(openTunnel(['lab-ssh.v1', 'ticket.x'], options), 'error')
      assert.match(String(error), /Unexpected server response: 4\d\d/, who)
    }
    const connections = promisify(backend.app.server.getConnections.bind(backend.app.server))
    for (let looks = 0; (await connections()) > 0; looks++) {
      assert.ok(looks < 2_000, 'a socket is left')
      await delay(5)
    }
  })
})

describe('the address of the tunnel', () => {
  for (const [publicUrl, host, url] of [
    ['https://labs.example.org', 'labs.example.org', 'wss://labs.example.org/v1/tunnel'],
    ['http://127.0.0.1:8080', 'localhost:8080', 'ws://localhost:8080/v1/tunnel'],
    ['https://lms.example.org/labs', 'lms.example.org', 'wss://lms.example.org/labs/v1/tunnel'],
    ['https://lms.example.org/labs', undefined, 'wss://lms.example.org/labs/v1/tunnel'],
  ] as const) {
    it(`of ${publicUrl}, called as ${host}: ${url}`, () => assert.equal(tunnelUrl(host, publicUrl), url))
  }
})
