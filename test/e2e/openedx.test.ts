/** Open edX in a real browser, on sites of its own: a unit in a frame of the course page, siblings, strangers. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { BrowserContext, Frame, Page } from 'playwright-core'
import { FakeOpenedx } from '../../backend/test/fakes/openedx.js'
import { faultsIn } from './support/axe.js'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { serveCourse } from './support/openedx-course.js'
import { until } from './support/until.js'

const COURSE = 'course-v1:acme+LABS+2026'
const ADA = { id: 7, username: 'ada' }
const EVE = { id: 8, username: 'eve' }
const NONCE = 'bm9uY2U'

describe('Open edX', () => {
  let lms: FakeOpenedx
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let keys: string
  /** The backend under the site of the LMS. */
  let labs: string

  before(async () => {
    lms = await FakeOpenedx.start({ host: 'lms.localhost' })
    keys = await mkdtemp(join(tmpdir(), 'lab-openedx-'))
    await writeFile(join(keys, 'jwks.json'), JSON.stringify(lms.jwks))
    const { port } = new URL(lms.url)
    backend = await TestBackend.start({
      origins: [lms.url],
      publicUrl: (own) => `http://labs.lms.localhost:${own}`,
      more: `trust:
  - type: openedx
    lms: http://127.0.0.1:${port}
    issuer: ${lms.issuer}
    jwks: ${JSON.stringify(join(keys, 'jwks.json'))}
    origins: [${lms.url}]
`,
    })
    labs = `http://labs.lms.localhost:${backend.port}`
    lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
    lms.pages.set('/xblock/bare', unit(labs))
    lms.pages.set(
      '/course',
      '<!doctype html><title>Course</title><iframe id="unit-iframe" width="900" height="600"></iframe>',
    )
    await serveCourse(lms, { labs, course: COURSE })
    lms.pages.set('/nothing', '<!doctype html><title>hostile</title>')
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    await lms?.close()
    if (keys) await rm(keys, { recursive: true })
  })

  const site = (host: string, path: string) => `http://${host}:${new URL(lms.url).port}${path}`

  /** A unit as a learner has it: in a frame of the course page, which is on a sibling site. */
  async function openUnit(context: BrowserContext): Promise<{ page: Page; frame: Frame }> {
    const page = await context.newPage()
    await page.goto(site('apps.lms.localhost', '/course'))
    await page
      .locator('#unit-iframe')
      .evaluate((frame, src) => frame.setAttribute('src', src), site('lms.localhost', '/xblock/bare'))
    const frame = await until(async () => page.frames().find((one) => one.url().includes('/xblock/')), {
      what: 'the unit',
    })
    return { page, frame }
  }

  const statusOf = (frame: Frame) => frame.locator('lab-terminal').getAttribute('status')
  const reaches = (frame: Frame, status: string) =>
    until(async () => (await statusOf(frame)) === status, { what: `status ${status}` })

  it('a learner opens a unit and has a terminal: no cookies yet, so the LMS is asked for new ones, once', async () => {
    lms.signedIn = ADA
    lms.refreshed = 0
    const context = await browser.newContext()
    const seen = watch(context)
    const { page, frame } = await openUnit(context)
    await reaches(frame, 'connected')
    assert.equal(lms.refreshed, 1)
    await frame.locator('lab-terminal').evaluate((lab) => lab.focus())
    await page.keyboard.type('echo here-$((40 + 2))')
    await page.keyboard.press('Enter')
    await until(async () => /here-42/.test(await textOf(frame)), { seconds: 30, what: 'the answer of the shell' })

    // The cookies are there now: the next page needs nothing from the LMS.
    const again = await openUnit(context)
    await reaches(again.frame, 'connected')
    assert.equal(lms.refreshed, 1)

    await noSecretIn(await seen(), context)
    await context.close()
  })

  it('the page that Open edX makes around what an author pastes: by its cookies alone', async () => {
    lms.signedIn = ADA
    const context = await browser.newContext()
    const seen = watch(context)
    const page = await context.newPage()
    // A visit before, in which the LMS has set its cookies.
    await page.goto(site('lms.localhost', '/nothing'))
    await page.evaluate(async () => void (await fetch('/login_refresh', { method: 'POST' })))
    const cookies = (await context.cookies()).map(({ name, domain, httpOnly }) => [name, domain, httpOnly])
    assert.deepEqual(cookies.sort(), [
      ['edx-jwt-cookie-header-payload', '.lms.localhost', false],
      ['edx-jwt-cookie-signature', '.lms.localhost', true],
    ])
    lms.refreshed = 0
    const exchange = page.waitForRequest((request) => request.url() === `${labs}/v1/sessions`, { timeout: 60_000 })
    await page.goto(site('apps.lms.localhost', '/learning?unit=unit'))
    const lab = new LabPage(page, () => page.frame({ url: /\/xblock\// }) ?? page.mainFrame())
    assert.deepEqual((await exchange).postDataJSON(), { grant: 'openedx', lab: 'first-steps', course: COURSE })
    await lab.reaches('connected', 60)
    await lab.shows(/[$#] ?$/m, 60)
    await lab.type('echo here-$((40 + 2))')
    await lab.shows(/here-42/, 60)
    assert.equal(lms.refreshed, 0, 'the cookies are good as they are')
    assert.deepEqual(await faultsIn(lab.frame), [])
    assert.deepEqual(lab.errors, [])
    await noSecretIn(await seen(), context)
    await context.close()
  })

  it('who is not enrolled is told so, and who is signed out is asked to sign in', async () => {
    lms.signedIn = EVE
    const stranger = await browser.newContext()
    const eve = await openUnit(stranger)
    await reaches(eve.frame, 'failed')
    assert.match(await shownIn(eve.frame), /You do not have access to this lab/)
    await stranger.close()

    lms.signedIn = undefined
    const nobody = await browser.newContext()
    const { frame } = await openUnit(nobody)
    await reaches(frame, 'signed-out')
    assert.match(await shownIn(frame), /You are not signed in/)
    await nobody.close()
  })

  it('pages of others get nothing, though the learner’s cookies are there', async () => {
    lms.signedIn = ADA
    const context = await browser.newContext()
    const { frame } = await openUnit(context)
    await reaches(frame, 'connected')
    for (const host of ['evil.lms.localhost', 'x.other.localhost']) {
      const page = await context.newPage()
      await page.goto(site(host, '/nothing'))
      const took = await page.evaluate(attack, { labs, lab: 'first-steps', course: COURSE })
      assert.deepEqual(took, { session: '', form: '', text: '', status: '', socket: '', script: '' }, host)
      await page.close()
    }
    // A page of the LMS itself, but under a foreign one: its cookies do not come, and nothing else helps.
    const page = await context.newPage()
    await page.goto(site('x.other.localhost', '/course'))
    await page
      .locator('#unit-iframe')
      .evaluate((one, src) => one.setAttribute('src', src), site('lms.localhost', '/xblock/bare'))
    const framed = await until(async () => page.frames().find((one) => one.url().includes('/xblock/')), {
      what: 'the unit under another site',
    })
    await reaches(framed, 'signed-out')
    await context.close()
  })

  it('the half of the token that scripts can read is worth nothing', async () => {
    lms.signedIn = undefined
    const context = await browser.newContext()
    const [payload] = (await lms.token(ADA)).split(/\.(?=[^.]+$)/)
    const url = lms.url
    await context.addCookies([{ name: 'edx-jwt-cookie-header-payload', value: payload ?? '', url }])
    const { frame } = await openUnit(context)
    await reaches(frame, 'signed-out')
    await context.close()
  })

  it('works under a strict Content Security Policy, without a violation', async () => {
    lms.signedIn = ADA
    lms.pageHeaders = {
      'content-security-policy': [
        "default-src 'none'",
        `script-src 'nonce-${NONCE}' ${labs}`,
        `style-src 'nonce-${NONCE}'`,
        `connect-src 'self' ${labs} ${labs.replace('http', 'ws')}`,
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; '),
    }
    const context = await browser.newContext()
    await context.addInitScript(() => {
      const heard: string[] = []
      Reflect.set(window, 'violations', heard)
      document.addEventListener('securitypolicyviolation', (event) => {
        heard.push(
          `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
        )
      })
    })
    try {
      const page = await context.newPage()
      await page.goto(site('lms.localhost', '/xblock/bare'))
      const frame = page.mainFrame()
      await reaches(frame, 'connected')
      await frame.locator('lab-terminal').evaluate((lab) => lab.focus())
      await page.keyboard.type("printf '\\033[38;2;250;120;10mstrict-%s\\033[0m\\n' $((40 + 2))")
      await page.keyboard.press('Enter')
      await until(async () => /strict-42/.test(await textOf(frame)), { seconds: 30, what: 'the answer of the shell' })
      assert.deepEqual(await frame.evaluate(() => Reflect.get(window, 'violations')), [])
    } finally {
      lms.pageHeaders = {}
      await context.close()
    }
  })

  /** Every answer, every piece of a stream and every message that the browser of the context gets from the service. */
  function watch(context: BrowserContext): () => Promise<Seen> {
    const answers: Promise<string>[] = []
    const messages: string[] = []
    const streams: string[] = []
    context.on('page', (page) => {
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => messages.push(payload.toString())))
      answers.push(watchStreams(page, streams).then(() => ''))
    })
    context.on('response', (response) => {
      // A stream that is still open has no body yet; its pieces are read as they come.
      if (response.headers()['content-type']?.startsWith('text/event-stream') || !response.url().startsWith(labs))
        return
      const head = JSON.stringify(response.headers())
      answers.push(
        response.text().then(
          (body) => `${response.url()} ${head} ${body}`,
          () => head,
        ),
      )
    })
    return async () => ({
      answers: (await Promise.all(answers)).join('\n'),
      streams: streams.join(''),
      messages: messages.join('\n'),
    })
  }

  /** What only the server may know: the keys of the lab, where it listens, where things are. */
  async function noSecretIn({ answers, streams, messages }: Seen, context: BrowserContext): Promise<void> {
    const state = join(backend.folder, '.state')
    const files = (await readdir(state, { recursive: true })).filter((name) => name.endsWith('keys.json'))
    assert.equal(files.length, 1)
    const text = await readFile(join(state, files[0] ?? ''), 'utf8')
    const secrets = text.match(/[A-Za-z0-9+/=_-]{32,}/g) ?? []
    assert.ok(secrets.length > 3, 'the keys of the lab are known to the test')
    const signature = (await context.cookies()).find(({ name }) => name === 'edx-jwt-cookie-signature')?.value
    assert.ok(signature)
    assert.match(answers, /"subprotocol"/, 'the test saw the answers')
    assert.match(streams, /^data: \{.*"lab":"first-steps"/m, 'the test saw the stream of events')
    assert.match(messages, /"attached".*here-42/s, 'the test saw the messages of the tunnel')
    for (const seen of [answers, streams, messages]) {
      for (const secret of [...secrets, signature, 'PRIVATE KEY', 'postgres:']) {
        assert.ok(!seen.includes(secret), secret.slice(0, 8))
      }
    }
  }
})

interface Seen {
  readonly answers: string
  readonly streams: string
  readonly messages: string
}

/** What event streams say, piece by piece; Playwright has the body of an answer only at its end. */
async function watchStreams(page: Page, heard: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const followed = new Set<string>()
  const hear = (base64: string) => heard.push(Buffer.from(base64, 'base64').toString())
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.mimeType !== 'text/event-stream') return
    followed.add(requestId)
    devtools.send('Network.streamResourceContent', { requestId }).then(
      ({ bufferedData }) => hear(bufferedData),
      () => undefined,
    )
  })
  devtools.on('Network.dataReceived', ({ requestId, data }) => {
    if (data !== undefined && followed.has(requestId)) hear(data)
  })
  await devtools.send('Network.enable')
}

/** As Studio's raw editor keeps it and the LMS shows it, with the course filled in. */
function unit(labs: string): string {
  return `<!doctype html><html lang="en"><head><base target="_parent"><title>Unit</title></head>
<body><div class="xblock" data-usage-id="block-v1:x">
<script nonce="${NONCE}" src="${labs}/cdn/lab-terminal.iife.js"></script>
<lab-terminal lab="first-steps" backend="${labs}" course="${COURSE}">Loading the lab…</lab-terminal>
</div></body></html>`
}

function textOf(frame: Frame): Promise<string> {
  return frame.locator('lab-terminal').evaluate((lab) => {
    const read: unknown = Reflect.get(lab, 'getText')
    return typeof read === 'function' ? String(read.call(lab)) : ''
  })
}

function shownIn(frame: Frame): Promise<string> {
  return frame.locator('lab-terminal').evaluate((lab) => lab.shadowRoot?.textContent ?? '')
}

/** All that a page can try with the cookies of its visitor; answers what it got to read. */
async function attack({ labs, lab, course }: { labs: string; lab: string; course: string }) {
  const body = JSON.stringify({ grant: 'openedx', lab, course })
  const post = (init: RequestInit) =>
    fetch(`${labs}/v1/sessions`, { method: 'POST', credentials: 'include', body, ...init })
  const attempts: Record<string, () => Promise<unknown>> = {
    session: async () => (await post({ headers: { 'content-type': 'application/json' } })).text(),
    form: async () =>
      (await post({ mode: 'no-cors', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).text(),
    text: async () => (await post({ mode: 'no-cors', headers: { 'content-type': 'text/plain' } })).text(),
    status: async () => (await fetch(`${labs}/v1/labs/${lab}`, { credentials: 'include' })).text(),
    socket: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${labs.replace('http', 'ws')}/v1/tunnel`, ['lab-ssh.v1', 'ticket.x'])
        socket.onopen = () => resolve('open')
        socket.onerror = reject
      }),
    script: () =>
      new Promise((resolve, reject) => {
        const script = document.createElement('script')
        script.src = `${labs}/v1/labs/${lab}`
        script.onload = () => resolve('ran')
        script.onerror = reject
        document.body.append(script)
      }),
  }
  const took: Record<string, string> = {}
  for (const [name, attempt] of Object.entries(attempts)) {
    took[name] = await attempt().then(
      (value) => String(value),
      () => '',
    )
  }
  return took
}
