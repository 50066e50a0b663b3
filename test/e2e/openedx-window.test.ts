/** Open edX on another site than the lab service: no cookie comes along, so the learner signs in by a window. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { BrowserContext, Frame, Page } from 'playwright-core'
import { FakeOpenedx } from '../../backend/test/fakes/openedx.js'
import { CLIENT, jwksOfOauth, type SeenOauth, serveOauth } from '../../backend/test/fakes/openedx-oauth.js'
import { faultsIn } from './support/axe.js'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { serveCourse } from './support/openedx-course.js'
import { until } from './support/until.js'

const COURSE = 'course-v1:acme+LABS+2026'
const ADA = { id: 7, username: 'ada' }
/** A folder for pictures; nothing is kept without it. */
const PICTURES = process.env.LAB_TEST_PICTURES

describe('Open edX on another site', () => {
  let lms: FakeOpenedx
  let seen: SeenOauth
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let folder: string
  let labs: string

  before(async () => {
    lms = await FakeOpenedx.start({ host: 'lms.localhost' })
    lms.users.set(ADA.id, ADA)
    folder = await mkdtemp(join(tmpdir(), 'lab-openedx-'))
    await writeFile(join(folder, 'jwks.json'), JSON.stringify(await jwksOfOauth(lms)))
    const { port } = new URL(lms.url)
    backend = await TestBackend.start({
      origins: [lms.url],
      publicUrl: (own) => `http://labs.tool.localhost:${own}`,
      env: { LMS_SECRET: CLIENT.secret },
      more: `trust:
  - type: openedx
    lms: http://127.0.0.1:${port}
    issuer: ${lms.issuer}
    jwks: ${JSON.stringify(join(folder, 'jwks.json'))}
    origins: [${lms.url}]
    recheck: 30s
    clientId: ${CLIENT.id}
    clientSecret: "\${LMS_SECRET}"
    authUrl: ${lms.issuer}/authorize/
    tokenUrl: http://127.0.0.1:${port}/oauth2/access_token/
`,
    })
    labs = `http://labs.tool.localhost:${backend.port}`
    await serveCourse(lms, { labs, course: COURSE })
    lms.pages.set(
      '/sign-in',
      '<!doctype html><html lang="en"><title>Sign in</title><h1>The form of the LMS</h1></html>',
    )
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    await lms?.close()
    if (folder) await rm(folder, { recursive: true })
  })
  beforeEach(() => {
    seen = serveOauth(lms, { redirect: `${labs}/openedx/signed-in` })
    lms.signedIn = ADA
    lms.enrolments.set(`ada,${COURSE}`, { mode: 'audit', is_active: true })
  })

  async function open(context: BrowserContext): Promise<LabPage> {
    const page = await context.newPage()
    await page.goto(`${lms.url.replace('//', '//apps.')}/learning?unit=unit`)
    return new LabPage(page, () => page.frame({ url: /\/xblock\// }) ?? page.mainFrame())
  }

  const button = (frame: Frame) => frame.getByRole('button', { name: 'Sign in', exact: true })

  async function signIn(lab: LabPage): Promise<Page> {
    await lab.reaches('signed-out')
    const opened = lab.page.waitForEvent('popup', { timeout: 60_000 })
    await button(lab.frame).press('Enter')
    return opened
  }

  it('one key opens the window, which closes by itself, and the lab is there; the code serves nobody else', async () => {
    const context = await browser.newContext()
    const lab = await open(context)
    await lab.reaches('signed-out')
    assert.match(await shownIn(lab.frame), /Sign in at the course site to open your lab/)
    assert.deepEqual(await faultsIn(lab.frame), [])
    if (PICTURES) await lab.page.locator('#unit-iframe').screenshot({ path: join(PICTURES, 'window-needed.png') })
    const popup = await signIn(lab)
    await until(() => popup.isClosed(), { what: 'the window to close' })
    await lab.reaches('connected')
    await lab.shows(/[$#] ?$/m)
    await lab.type('echo by-window-$((40 + 2))')
    await lab.shows(/by-window-42/)
    const [asked] = seen.authorize
    assert.equal(asked?.get('code_challenge_method'), 'S256')
    assert.equal(asked?.get('redirect_uri'), `${labs}/openedx/signed-in`)
    assert.deepEqual(seen.granted, ['authorization_code'])
    assert.deepEqual(lab.errors, [])
    // Nothing of it is left where a script could find it.
    assert.deepEqual(
      (await context.cookies()).filter(({ name }) => name.includes('openedx')),
      [],
    )
    assert.deepEqual(await lab.frame.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0])
    await context.close()
  })

  it('who closes the window may click again; a page that is gone takes its window with it', async () => {
    lms.signedIn = undefined
    const context = await browser.newContext()
    const lab = await open(context)
    const first = await signIn(lab)
    await first.getByText('The form of the LMS').waitFor()
    await first.close()
    await lab.reaches('signed-out')
    const second = await signIn(lab)
    await second.getByText('The form of the LMS').waitFor()
    await lab.frame.evaluate(() => document.querySelector('lab-terminal')?.remove())
    await until(() => second.isClosed(), { what: 'the window to close with the element' })
    assert.deepEqual(lab.errors, [])
    await context.close()
  })

  /** What a person sees of the window where it does not close by itself. */
  const windowPages: [string, (url: string) => string, RegExp][] = [
    ['signed-in', (origin) => `sign-in?${new URLSearchParams({ origin, challenge: 'x'.repeat(43) })}`, /lost the page/],
    ['problem', () => `signed-in?state=${'x'.repeat(43)}&error=access_denied`, /not signed in/],
    ['refused', () => `sign-in?origin=https://x.example&challenge=${'x'.repeat(43)}`, /not signed in/],
  ]
  for (const [kind, address, says] of windowPages) {
    it(`the window's page "${kind}" has no barrier, narrow and wide, light and dark`, async () => {
      for (const width of [320, 1280]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const context = await browser.newContext({ viewport: { width, height: 720 }, colorScheme })
          const page = await context.newPage()
          await page.goto(`${labs}/openedx/${address(lms.url)}`)
          await page.getByText(says).first().waitFor({ timeout: 60_000 })
          assert.deepEqual(await faultsIn(page.mainFrame()), [], `${width} ${colorScheme}`)
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, 'it scrolls sideways')
          if (PICTURES) await page.screenshot({ path: join(PICTURES, `openedx-${kind}-${width}-${colorScheme}.png`) })
          await context.close()
        }
      }
    })
  }

  it('a page of another site gets no code by such a window', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    lms.pages.set('/nothing', '<!doctype html><title>hostile</title><button>Go</button>')
    await page.goto(`http://x.other.localhost:${new URL(lms.url).port}/nothing`)
    await page.evaluate(() => {
      const heard: unknown[] = []
      Reflect.set(window, 'heard', heard)
      addEventListener('message', ({ data }) => heard.push(data))
    })
    for (const origin of [lms.url, new URL(page.url()).origin]) {
      const opened = page.waitForEvent('popup')
      await page.evaluate(
        (url) => void window.open(url, '', 'popup'),
        `${labs}/openedx/sign-in?${new URLSearchParams({ origin, challenge: 'x'.repeat(43) })}`,
      )
      const popup = await opened
      const refused = () =>
        popup
          .locator('[role=alert]')
          .count()
          .catch(() => 0)
      await until(async () => popup.isClosed() || (await refused()) > 0, {
        what: 'the end of the window',
      })
    }
    await page.waitForTimeout(500)
    assert.deepEqual(await page.evaluate(() => Reflect.get(window, 'heard')), [])
    await context.close()
  })

  it('the lab stays while the learner is enrolled, and closes within the stated time after that', async () => {
    const context = await browser.newContext()
    const lab = await open(context)
    const sockets: boolean[] = []
    lab.page.on('websocket', (socket) => {
      const at = sockets.push(true) - 1
      socket.on('close', () => {
        sockets[at] = false
      })
    })
    await signIn(lab)
    await lab.reaches('connected')
    // Longer than a session lives: the page has shown itself again, without a window.
    await lab.page.waitForTimeout(40_000)
    assert.equal(await lab.status, 'connected')
    assert.equal(seen.authorize.length, 1)
    lms.enrolments.clear()
    await lab.reaches('failed', 120)
    assert.match(await shownIn(lab.frame), /You do not have access to this lab/)
    await until(() => sockets.length === 1 && !sockets[0], { what: 'its one connection to be closed' })
    await context.close()
  })
})

function shownIn(frame: Frame): Promise<string> {
  return frame.locator('lab-terminal').evaluate((lab) => lab.shadowRoot?.textContent ?? '')
}
