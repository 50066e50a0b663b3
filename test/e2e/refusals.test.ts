import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import WebSocket from 'ws'
import { freePort } from '../../backend/test/support/free-port.js'
import { TestBackend } from './support/backend.js'
import { launchBrowser } from './support/browser.js'
import { getAs, Learner } from './support/learner.js'

describe('what is refused, one by one', () => {
  let backend: TestBackend
  let ada: Learner
  before(async () => {
    backend = await TestBackend.start()
    ada = await new Learner(backend).signIn()
    await ada.lab('start')
    await ada.reaches('running')
  })
  after(async () => {
    await backend?.stop()
  })

  const post = (path: string, headers: Record<string, string>, body?: unknown): Promise<Response> =>
    fetch(`${backend.url}${path}`, {
      method: 'POST',
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const refused = async (response: Response, status: number, code: string): Promise<void> => {
    const problem: { code?: string } = await response.json()
    assert.deepEqual([response.status, problem.code], [status, code])
    assert.match(response.headers.get('content-type') ?? '', /application\/problem\+json/)
  }
  const own = (): Record<string, string> => ({ origin: backend.url })

  it('a missing, a wrong and a used token', async () => {
    await refused(await post('/v1/sessions', own(), { grant: 'jwt' }), 400, 'request/invalid')
    await refused(await post('/v1/sessions', own(), { grant: 'jwt', token: 'a.b.c' }), 401, 'auth/token-invalid')
    const token = await ada.token()
    const [head, body, signature] = token.split('.')
    const forged = `${head}.${body}.${signature?.split('').reverse().join('')}`
    await refused(await post('/v1/sessions', own(), { grant: 'jwt', token: forged }), 401, 'auth/token-invalid')
    assert.equal((await post('/v1/sessions', own(), { grant: 'jwt', token })).status, 200)
    await refused(await post('/v1/sessions', own(), { grant: 'jwt', token }), 401, 'auth/token-replayed')
  })

  it('no session, a foreign one, another origin', async () => {
    await refused(await fetch(`${backend.url}/v1/labs/first-steps`), 401, 'auth/no-session')
    const bearer = `Bearer ${'x'.repeat(51)}`
    await refused(await post('/v1/labs/first-steps/start', { ...own(), authorization: bearer }), 401, 'auth/no-session')
    const elsewhere = { origin: 'https://evil.example', authorization: `Bearer ${ada.bearer}` }
    await refused(await post('/v1/labs/first-steps/start', elsewhere), 403, 'auth/origin-refused')
    const sibling = { origin: `http://localhost:${backend.port}`, authorization: `Bearer ${ada.bearer}` }
    await refused(await post('/v1/labs/first-steps/start', sibling), 403, 'auth/origin-refused')
  })

  it('a lab or terminal that is not there', async () => {
    await refused(await ada.call('GET', '/v1/labs/nothing'), 404, 'lab/unknown')
    await refused(await ada.call('POST', '/v1/labs/first-steps/terminals/nothing/tickets'), 404, 'lab/terminal-unknown')
    await refused(await ada.call('GET', '/v1/nothing'), 404, 'request/unknown-path')
  })

  it("another learner's lab is not even named: each has their own", async () => {
    const bob = await new Learner(backend).signIn()
    assert.equal((await bob.lab()).phase, 'absent')
    await refused(await bob.call('POST', '/v1/labs/first-steps/terminals/shell/tickets'), 409, 'lab/not-running')
  })

  function tunnel(protocols: string[], origin = backend.url): Promise<{ code: number; reason: string }> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${backend.port}/v1/tunnel`, protocols, { origin })
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
      socket.on('error', (error) => resolve({ code: 0, reason: error.message }))
    })
  }

  it('a tunnel without, with a wrong, and with a used ticket; and from a foreign page', async () => {
    assert.deepEqual(await tunnel(['lab-ssh.v1']), { code: 4408, reason: 'auth/ticket-invalid' })
    assert.deepEqual(await tunnel(['lab-ssh.v1', 'ticket.nothing']), { code: 4408, reason: 'auth/ticket-invalid' })
    const { ticket } = await ada.ticket()
    const foreign = await tunnel(['lab-ssh.v1', `ticket.${ticket}`], 'https://evil.example')
    assert.match(foreign.reason, /403/)
    const first = new WebSocket(`ws://127.0.0.1:${backend.port}/v1/tunnel`, ['lab-ssh.v1', `ticket.${ticket}`], {
      origin: backend.url,
    })
    await once(first, 'open')
    assert.equal(first.protocol, 'lab-ssh.v1')
    first.send(JSON.stringify({ type: 'attach', cols: 80, rows: 24 }))
    const [message] = await once(first, 'message')
    assert.equal(JSON.parse(String(message)).type, 'attached')
    assert.deepEqual(await tunnel(['lab-ssh.v1', `ticket.${ticket}`]), { code: 4408, reason: 'auth/ticket-invalid' })
    first.close()
    const other = await ada.ticket()
    assert.equal(
      (await tunnel(['lab-ssh.v1', `ticket.${other.ticket}`], `http://localhost:${backend.port}`)).code,
      4408,
    )
  })

  it('a foreign Host (DNS rebinding), on every path', async () => {
    for (const path of [
      '/',
      '/demo/token',
      '/v1/labs/first-steps',
      '/cdn/lab-terminal.js',
      '/healthz',
      '/metrics',
      '/nothing',
    ]) {
      const answer = await getAs(`evil.example:${backend.port}`, backend.port, path)
      assert.equal(answer.status, 421, path)
      assert.ok(!answer.body.includes('lab-terminal>'), path)
    }
    assert.equal((await getAs(`127.0.0.1:${backend.port}`, backend.port, '/healthz')).status, 200)
  })

  it("the demo's tokens, for anybody but its own page", async () => {
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { ...own(), 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]) {
      assert.equal((await post('/demo/token', headers)).status, 403, JSON.stringify(headers))
    }
    assert.equal((await fetch(`${backend.url}/demo/token`)).status, 404)
  })

  it('no secret in what is answered or logged', async () => {
    const everything = [await (await ada.call('GET', '/v1/labs/first-steps')).text(), backend.output].join('\n')
    assert.doesNotMatch(everything, /PRIVATE KEY|ssh-ed25519/)
    assert.ok(!everything.includes(ada.bearer))
  })

  it('a hostile page in the same browser gets nothing', async () => {
    const port = await freePort()
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>hostile</title>')
    }).listen(port, '127.0.0.1')
    const browser = await launchBrowser()
    try {
      const context = await browser.newContext()
      // The victim has the demo open in another tab, with its cookie.
      const victim = await context.newPage()
      await victim.goto(`${backend.url}/`)
      const page = await context.newPage()
      await page.goto(`http://127.0.0.1:${port}/`)
      const took = await page.evaluate(async (base) => {
        const attempts: Record<string, () => Promise<unknown>> = {
          token: async () => (await fetch(`${base}/demo/token`, { method: 'POST', credentials: 'include' })).text(),
          opaqueToken: async () =>
            (await fetch(`${base}/demo/token`, { method: 'POST', credentials: 'include', mode: 'no-cors' })).text(),
          page: async () => (await fetch(`${base}/`, { credentials: 'include' })).text(),
          status: async () => (await fetch(`${base}/v1/labs/first-steps`, { credentials: 'include' })).text(),
          frame: () =>
            new Promise((resolve, reject) => {
              const frame = document.createElement('iframe')
              frame.src = `${base}/`
              frame.onload = () => resolve(frame.contentDocument?.body.innerHTML ?? '')
              frame.onerror = reject
              document.body.append(frame)
            }),
          socket: () =>
            new Promise((resolve, reject) => {
              const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/tunnel`, ['lab-ssh.v1', 'ticket.x'])
              socket.onopen = () => resolve('open')
              socket.onerror = reject
            }),
        }
        const results: Record<string, string> = {}
        for (const [name, attempt] of Object.entries(attempts)) {
          results[name] = await attempt().then(
            (value) => String(value),
            () => '',
          )
        }
        return results
      }, backend.url)
      assert.deepEqual(took, { token: '', opaqueToken: '', page: '', status: '', frame: '', socket: '' })
    } finally {
      await browser.server.close()
      evil.close()
    }
  })
})
