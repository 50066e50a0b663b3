import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Gate } from '../../../src/clouds/openstack/gate.js'
import { HttpClient, type HttpRequest } from '../../../src/clouds/openstack/http.js'
import { TransportError } from '../../../src/clouds/openstack/transport-error.js'
import { freePort } from '../../support/free-port.js'
import { FakeClock } from './fakes/clock.js'
import { type Said, ScriptedServer } from './fakes/scripted-server.js'

const ends: (() => Promise<void> | void)[] = []
after(async () => {
  for (const end of ends) await end()
})

async function bench(script: readonly Said[], timeout = 20_000) {
  const clock = new FakeClock()
  const server = await ScriptedServer.start((_asked, index) => script[Math.min(index, script.length - 1)] ?? {})
  const gate = new Gate({ atOnce: 8, perSecond: 1000, burst: 1000 }, clock)
  const http = new HttpClient({ verify: true, gate, clock, random: () => 0.5, timeout })
  ends.push(
    () => http.close(),
    () => server.stop(),
  )
  const send = (retry: HttpRequest['retry'] = 'always', more: Partial<HttpRequest> = {}) =>
    http.send({ method: 'GET', url: `${server.url}/x`, retry, ...more })
  return { clock, server, http, send }
}

const OK: Said = { json: { fine: true } }
const BUSY: Said = { status: 503, raw: '<html>503</html>' }

describe('HTTP to a cloud', () => {
  const answers: [what: string, said: Said, status: number, json: unknown][] = [
    ['JSON', OK, 200, { fine: true }],
    ['null', { json: null }, 200, null],
    ['nothing', { status: 204 }, 204, undefined],
    ['HTML', { status: 404, raw: '<html>' }, 404, undefined],
    [
      'a redirect, which is not followed',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      302,
      undefined,
    ],
    ['a server error, which may not pass', { status: 500, json: {} }, 500, {}],
  ]
  for (const [what, said, status, json] of answers) {
    it(`answers with ${what}, once`, async () => {
      const { send, server } = await bench([said])
      const answer = await send()
      assert.equal(answer.status, status)
      assert.deepEqual(answer.json, json)
      assert.equal(server.asked.length, 1)
    })
  }

  const retried: [what: string, said: Said][] = [
    ...[429, 502, 503, 504].map((status): [string, Said] => [String(status), { status }]),
    ['a cut connection', { how: 'break' }],
  ]
  for (const [what, said] of retried) {
    it(`tries again after ${what}, with longer pauses, and not for ever`, async () => {
      const healed = await bench([said, said, OK])
      assert.deepEqual((await healed.send()).json, { fine: true })
      assert.deepEqual(healed.clock.sleeps, [400, 800])
      const { send, server } = await bench([said])
      await send().catch(() => undefined)
      assert.equal(server.asked.length, 4)
    })
  }

  it('tries a call that must not be done twice again only when it was not heard, or refused unread', async () => {
    for (const said of [BUSY, { how: 'break' } as const]) {
      const { send, server } = await bench([said, OK])
      await send('unsent', { method: 'POST', body: {} }).catch(() => undefined)
      assert.equal(server.asked.length, 1)
    }
    const { send, server } = await bench([{ status: 429 }, OK])
    assert.equal((await send('unsent')).status, 200)
    assert.equal(server.asked.length, 2)
  })

  it('tries again where nobody listens yet', async () => {
    const clock = new FakeClock()
    const gate = new Gate({ atOnce: 1, perSecond: 1000, burst: 1000 }, clock)
    const http = new HttpClient({ verify: true, gate, clock, random: () => 0.5 })
    ends.push(() => http.close())
    const port = await freePort()
    await assert.rejects(
      http.send({ method: 'POST', url: `http://127.0.0.1:${port}/`, retry: 'unsent' }),
      (error) => error instanceof TransportError && error.kind === 'unsent' && /ECONNREFUSED/.test(error.message),
    )
    assert.equal(clock.sleeps.length, 3)
  })

  it('waits as long as it is told to, but not for ever', async () => {
    const told = await bench([{ status: 503, headers: { 'retry-after': '7' } }, OK])
    assert.equal((await told.send()).status, 200)
    assert.deepEqual(told.clock.sleeps, [7_400])
    const long = await bench([{ status: 503, headers: { 'retry-after': '3600' } }, OK])
    assert.equal((await long.send()).status, 503)
    assert.deepEqual(long.clock.sleeps, [])
    const dated = await bench([{ status: 429, headers: { 'retry-after': new Date(0).toUTCString() } }, OK])
    assert.equal((await dated.send()).status, 200)
  })

  it('gives up a server that says nothing', async () => {
    const { send, server } = await bench([{ how: 'silent' }], 50)
    await assert.rejects(
      send(),
      (error) => error instanceof TransportError && error.kind === 'broken' && /no answer in time/.test(error.message),
    )
    assert.equal(server.asked.length, 4)
  })

  it('ends what is under way when it is closed', async () => {
    const { send, http } = await bench([{ how: 'silent' }])
    const sending = send()
    await new Promise((resolve) => setImmediate(resolve))
    http.close()
    await assert.rejects(sending, (error) => error instanceof TransportError && error.kind === 'ended')
  })
})

describe('the gate', () => {
  it('lets only so many through at once', async () => {
    const gate = new Gate({ atOnce: 3, perSecond: 1000, burst: 1000 }, new FakeClock())
    let [now, most] = [0, 0]
    await Promise.all(
      Array.from({ length: 20 }, () =>
        gate.run(async () => {
          now += 1
          most = Math.max(most, now)
          await new Promise((resolve) => setImmediate(resolve))
          now -= 1
        }),
      ),
    )
    assert.equal(most, 3)
  })

  it('lets only so many begin in a second, and some together', async () => {
    const clock = new FakeClock()
    const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 5 }, clock)
    const begun: number[] = []
    for (let index = 0; index < 25; index += 1) await gate.run(async () => begun.push(clock.now() - 1_000))
    assert.deepEqual(begun.slice(0, 7), [0, 0, 0, 0, 0, 100, 200])
    assert.equal(begun.at(-1), 2_000)
  })

  it('goes on after a call that failed', async () => {
    const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 5 }, new FakeClock())
    await assert.rejects(gate.run(() => Promise.reject(new Error('no'))))
    assert.equal(await gate.run(async () => 'yes'), 'yes')
  })
})
