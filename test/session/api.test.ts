import { expect } from '@open-wc/testing'
import { LabApi } from '../../src/session/api.js'
import type { Voucher } from '../../src/session/token.js'
import { LabError } from '../../src/wire/problems.js'
import type { LabStatus } from '../../src/wire/schema.js'
import { FakeBackend, json } from './fakes/backend.js'
import { FakeClock, settled } from './fakes/clock.js'

interface Stage {
  clock: FakeClock
  backend: FakeBackend
  api: LabApi
  controller: AbortController
  heard: LabStatus[]
}

const SIGNED: Voucher = { request: { grant: 'jwt', token: 'signed.token' } }

function stage(): Stage {
  const clock = new FakeClock()
  const backend = new FakeBackend(() => clock.now())
  const api = new LabApi({ backend: 'https://labs.test', lab: 'ceph' }, async () => SIGNED, {
    fetch: backend.fetch,
    timers: clock,
    random: () => 0.5,
  })
  return { clock, backend, api, controller: new AbortController(), heard: [] }
}

/** Follows the events; resolves to how the stream ended. */
function follow({ api, controller, heard }: Stage): Promise<unknown> {
  const listener = { opened: () => undefined, status: (status: LabStatus) => heard.push(status) }
  return api.events(listener, controller.signal).catch((error: unknown) => error)
}

function code(error: unknown): string {
  return error instanceof LabError ? error.code : String(error)
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'none', code)
}

describe('signing in', () => {
  it('exchanges the code of an LTI launch as it is', async () => {
    const { backend, clock, controller } = stage()
    const word = { grant: 'lti', code: 'c0de' } as const
    const deps = { fetch: backend.fetch, timers: clock, random: () => 0 }
    await new LabApi({ backend: 'https://labs.test', lab: 'ceph' }, async () => ({ request: word }), deps).status(
      controller.signal,
    )
    expect(backend.calls[0]?.body).to.deep.equal(word)
  })
})

describe('the stream of events', () => {
  it('is read byte by byte, with letters of several bytes and every line ending', async () => {
    const on = stage()
    const end = follow(on)
    await settled()
    const status = { ...on.backend.status, title: 'Größe ⚡ 界', unknown: { later: true } }
    const text = [
      `: comment\r\n\r\nevent: status\r\ndata: ${JSON.stringify({ ...status, rev: 2 })}\r\n\r\n`,
      `id: 7\nretry: 10\ndata: ${JSON.stringify({ ...status, rev: 3 })}\n\n`,
      'event: other\ndata: not even JSON\n\n',
      `data: ${JSON.stringify({ ...status, rev: 4 })}\r\r`,
      ': end\n\n',
    ].join('')
    const [stream] = on.backend.streams
    for (const byte of new TextEncoder().encode(text)) {
      stream?.send(new Uint8Array([byte]))
    }
    await settled()
    expect(on.heard.map(({ rev, title }) => [rev, title])).to.deep.equal([
      [1, 'Ceph für alle ⚡'],
      [2, 'Größe ⚡ 界'],
      [3, 'Größe ⚡ 界'],
      [4, 'Größe ⚡ 界'],
    ])
    expect(on.heard[1]).not.to.have.property('unknown')
    on.controller.abort()
    await end
  })

  it('is dead after 20 s without a byte; a comment keeps it alive', async () => {
    const on = stage()
    const end = follow(on)
    await settled()
    for (let beat = 0; beat < 10; beat += 1) {
      on.backend.write(': beat\n\n')
      await settled()
      await on.clock.advance(19_000)
    }
    expect(on.backend.streams.size).to.equal(1)
    await on.clock.advance(1_000)
    expect(code(await end)).to.equal('server/unreachable')
    on.api.cancel()
    expect([on.backend.streams.size, on.clock.pending, on.backend.pending]).to.deep.equal([0, 0, 0])
  })

  it('ends as unreachable when the server closes it', async () => {
    const on = stage()
    const end = follow(on)
    await settled()
    on.backend.endStreams()
    expect(code(await end)).to.equal('server/unreachable')
    on.api.cancel()
    expect(on.clock.pending).to.equal(0)
  })

  it('ends silently when aborted, with nothing left', async () => {
    const on = stage()
    const end = follow(on)
    await settled()
    on.controller.abort()
    expect(await end).to.have.property('name', 'AbortError')
    on.api.cancel()
    expect([on.backend.pending, on.clock.pending]).to.deep.equal([0, 0])
  })

  const BAD: Readonly<Record<string, string>> = {
    'no JSON': 'data: {\n\n',
    'no status': 'data: {"lab":"ceph"}\n\n',
    'a status of another lab': `data: ${JSON.stringify({ ...stage().backend.status, lab: 'other' })}\n\n`,
    'an endless event': `data: ${'x'.repeat(300_000)}`,
  }
  for (const [what, text] of Object.entries(BAD)) {
    it(`is ended by ${what}`, async () => {
      const on = stage()
      const end = follow(on)
      await settled()
      on.backend.write(text)
      expect(code(await end)).to.equal('server/internal')
      expect(on.backend.streams.size).to.equal(0)
    })
  }

  it('is refused where the answer is something else', async () => {
    const on = stage()
    on.backend.faults.set('/events', json({ hello: 'proxy' }))
    expect(code(await follow(on))).to.equal('server/internal')
  })
})

describe('an answer', () => {
  const STATUS = stage().backend.status
  const BAD: Readonly<Record<string, unknown>> = {
    nothing: null,
    'a list': [STATUS],
    'no terminals': { ...STATUS, terminals: undefined },
    'a terminal of no kind': { ...STATUS, terminals: [{ name: 'a', title: 'a', protocol: 'ftp', display: 'xterm' }] },
    'a phase from the future': { ...STATUS, phase: 'teleporting' },
    'a phase of every object': { ...STATUS, phase: 'constructor' },
    'a rev in words': { ...STATUS, rev: 'two' },
    'a clock that is none': { ...STATUS, now: 'noon' },
    'half a progress': { ...STATUS, progress: { done: 1 } },
    'a deadline that is none': { ...STATUS, suspendAt: 'soon' },
  }
  for (const [what, body] of Object.entries(BAD)) {
    it(`with ${what} is refused`, async () => {
      const { api, backend, controller } = stage()
      backend.faults.set('GET /v1/labs/ceph', json(body))
      expect(await failureOf(api.status(controller.signal))).to.equal('server/internal')
    })
  }

  it('keeps what is known and drops what is not', async () => {
    const { api, backend, controller } = stage()
    const full = {
      ...STATUS,
      warnAt: STATUS.now,
      suspendAt: STATUS.now,
      deleteAt: STATUS.now,
      progress: { done: 1, total: 3 },
      eta: { typicalSeconds: 90, slowSeconds: 200.5 },
      queue: { position: 2 },
      problem: { code: 'lab/suspend-failed', title: 'No.', detail: 'why', retry: 'auto' },
    }
    backend.faults.set('GET /v1/labs/ceph', json({ ...full, password: 'x', queue: { position: 2, of: 9 } }))
    expect(await api.status(controller.signal)).to.deep.equal(full)
  })

  const STATUS_CODES: readonly (readonly [status: number, body: unknown, code: string])[] = [
    [401, {}, 'auth/no-session'],
    [403, { code: 'auth/origin-refused' }, 'auth/origin-refused'],
    [403, { code: 'auth/from-the-future' }, 'auth/forbidden'],
    [404, '', 'lab/unknown'],
    [409, { code: 'lab/queue-full', detail: 'All 20 are taken.' }, 'lab/queue-full'],
    [409, {}, 'lab/not-running'],
    [418, {}, 'request/invalid'],
    [421, {}, 'auth/host-refused'],
    [429, {}, 'request/too-many'],
    [500, {}, 'server/internal'],
    [502, '<html>', 'server/unreachable'],
  ]
  for (const [status, body, expected] of STATUS_CODES) {
    it(`of HTTP ${status} with ${JSON.stringify(body)} is ${expected}`, async () => {
      const { api, backend, controller } = stage()
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      backend.faults.set('POST /v1/labs/ceph/start', new Response(text, { status }))
      expect(await failureOf(api.act('start', controller.signal))).to.equal(expected)
    })
  }

  it('carries the words of the problem', async () => {
    const { api, backend, controller } = stage()
    backend.faults.set('/start', json({ code: 'lab/queue-full', detail: 'All 20 are taken.' }, 409))
    const error = await api.act('start', controller.signal).catch((reason: unknown) => reason)
    expect(error instanceof LabError && error.problem.detail).to.equal('All 20 are taken.')
  })

  for (const url of ['http://labs.test/x', 'javascript:alert(1)', 'wss://', 'tunnel']) {
    it(`with a ticket for ${url} is refused`, async () => {
      const { api, backend, controller } = stage()
      const ticket = { ticket: 't', url, subprotocol: 'lab-ssh.v1', expiresAt: STATUS.now }
      backend.faults.set('/tickets', json(ticket))
      expect(await failureOf(api.ticket('deploy', controller.signal))).to.equal('server/internal')
    })
  }
})

describe('a request', () => {
  it('carries the session and nothing else that names the person', async () => {
    const inits: RequestInit[] = []
    const { backend, clock, controller } = stage()
    const api = new LabApi({ backend: 'https://labs.test', lab: 'a/b?c' }, async () => SIGNED, {
      fetch: (input, init) => {
        inits.push(init ?? {})
        return backend.fetch(input, init)
      },
      timers: clock,
      random: () => 0.5,
    })
    backend.status = { ...backend.status, lab: 'a/b?c' }
    await api.status(controller.signal)
    expect(backend.calls.at(-1)).to.deep.include({ path: '/v1/labs/a%2Fb%3Fc', session: 'session-1' })
    for (const init of inits) expect(init).to.include({ credentials: 'omit', redirect: 'error', cache: 'no-store' })
  })

  it('is given up after 15 s, and nothing is left of it', async () => {
    const { api, backend, clock, controller } = stage()
    backend.faults.set('/touch', 'hang')
    const failure = failureOf(api.act('touch', controller.signal))
    await settled()
    await clock.advance(15_000)
    expect(await failure).to.equal('server/unreachable')
    api.cancel()
    expect([backend.pending, clock.pending]).to.deep.equal([0, 0])
  })

  it('does not hasten a person who signs in', async () => {
    const { backend, clock, controller } = stage()
    let sign: (voucher: Voucher) => void = () => undefined
    const asked = new Promise<Voucher>((resolve) => {
      sign = resolve
    })
    const api = new LabApi({ backend: 'https://labs.test', lab: 'ceph' }, () => asked, {
      fetch: backend.fetch,
      timers: clock,
      random: () => 0.5,
    })
    const status = api.status(controller.signal)
    await clock.advance(50_000)
    sign(SIGNED)
    expect((await status).phase).to.equal('running')
  })

  it('shares one sign-in with all others, also after a refusal', async () => {
    const { api, backend, controller } = stage()
    const all = () => Promise.all([1, 2, 3, 4, 5].map(() => api.status(controller.signal)))
    await all()
    expect(backend.count('/v1/sessions')).to.equal(1)
    backend.revoke()
    await all()
    expect(backend.count('/v1/sessions')).to.equal(2)
    expect(backend.count('GET /v1/labs/ceph')).to.equal(15)
  })
})

describe('a session with the backend', () => {
  const HOUR = 3_600_000

  it('is replaced beside the work when it was not used for 80 % of its life', async () => {
    const { api, backend, clock, controller } = stage()
    await api.status(controller.signal)
    await clock.advance(0.81 * HOUR)
    await api.status(controller.signal)
    await settled()
    expect(backend.calls.filter(({ method }) => method === 'GET').at(-1)?.session).to.equal('session-1')
    expect(backend.count('/v1/sessions')).to.equal(2)
    await api.status(controller.signal)
    expect(backend.calls.at(-1)?.session).to.equal('session-2')
    expect(backend.count('/v1/sessions')).to.equal(2)
  })

  it('is kept for as long as it is used: the server renews it', async () => {
    const { api, backend, clock, controller } = stage()
    for (let use = 0; use < 10; use += 1) {
      await api.status(controller.signal)
      await clock.advance(0.79 * HOUR)
    }
    expect(backend.count('/v1/sessions')).to.equal(1)
  })

  it('serves on when it cannot be replaced, and the page is not asked at every use', async () => {
    const { api, backend, clock, controller } = stage()
    await api.status(controller.signal)
    await clock.advance(0.9 * HOUR)
    backend.faults.set('/v1/sessions', 'auth/token-invalid')
    for (let use = 0; use < 5; use += 1) expect((await api.status(controller.signal)).phase).to.equal('running')
    expect(backend.count('/v1/sessions')).to.equal(2)
  })

  it('is left to the server to end where the clocks disagree', async () => {
    const { api, backend, clock, controller } = stage()
    backend.sessionLife = -HOUR
    for (let use = 0; use < 5; use += 1) {
      await api.status(controller.signal)
      await clock.advance(HOUR)
    }
    expect(backend.count('/v1/sessions')).to.equal(1)
  })

  it('is prolonged by the clock before it ends for good, with the one in hand, and spread', async () => {
    const { api, backend, clock, controller } = stage()
    backend.sessionEnd = 900_000
    backend.sessionLife = 900_000
    await api.status(controller.signal)
    await clock.advance(0.75 * 900_000 - 1)
    expect(backend.count('/v1/sessions')).to.equal(1)
    await clock.advance(1)
    const exchanges = backend.calls.filter(({ path }) => path === '/v1/sessions')
    expect(exchanges.map(({ session }) => session)).to.deep.equal([undefined, 'session-1'])
    await clock.advance(0.75 * 900_000)
    expect(backend.count('/v1/sessions')).to.equal(3)
    api.cancel()
    expect([clock.pending, backend.pending]).to.deep.equal([0, 0])
    await clock.advance(900_000)
    expect(backend.count('/v1/sessions')).to.equal(3)
  })

  it('is tried to prolong every 30 s until it ends', async () => {
    const { api, backend, clock, controller } = stage()
    backend.sessionEnd = 400_000
    await api.status(controller.signal)
    backend.faults.set('/v1/sessions', 'auth/issuer-unreachable')
    await clock.advance(300_000)
    expect(backend.count('/v1/sessions')).to.equal(2)
    for (let half = 0; half < 20; half += 1) await clock.advance(30_000)
    expect(backend.count('/v1/sessions')).to.equal(6)
    expect(clock.pending).to.equal(0)
  })
})

describe('a sign-in with a way to be made good again', () => {
  const on = () => {
    const { backend, clock, controller } = stage()
    const inits: (RequestInit | undefined)[] = []
    let renewals = 0
    const renew = async () => {
      renewals += 1
    }
    const request = { grant: 'openedx', lab: 'ceph' } as const
    const api = new LabApi(
      { backend: 'https://labs.test', lab: 'ceph' },
      async () => ({ request, withCookies: true, renew }),
      {
        fetch: (input, init) => {
          inits.push(init)
          if (renewals > 0) backend.faults.delete('/v1/sessions')
          return backend.fetch(input, init)
        },
        timers: clock,
        random: () => 0.5,
      },
    )
    return { api, backend, controller, inits, renewals: () => renewals }
  }

  it('takes the cookies along, to the exchange only', async () => {
    const { api, controller, inits, renewals } = on()
    await api.status(controller.signal)
    expect(inits.map((init) => init?.credentials)).to.deep.equal(['include', 'omit'])
    expect(renewals()).to.equal(0)
  })

  for (const code of ['auth/no-session', 'auth/token-expired', 'auth/token-invalid'] as const) {
    it(`is renewed once after ${code}`, async () => {
      const { api, backend, controller, renewals } = on()
      backend.faults.set('/v1/sessions', code)
      expect((await api.status(controller.signal)).phase).to.equal('running')
      expect([renewals(), backend.count('/v1/sessions')]).to.deep.equal([1, 2])
    })
  }

  for (const code of ['auth/forbidden', 'auth/issuer-untrusted', 'auth/issuer-unreachable'] as const) {
    it(`is not renewed after ${code}`, async () => {
      const { api, backend, controller, renewals } = on()
      backend.faults.set('/v1/sessions', code)
      expect(await failureOf(api.status(controller.signal))).to.equal(code)
      expect(renewals()).to.equal(0)
    })
  }
})
