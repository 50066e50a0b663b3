/** LTI launches in Chromium, from a course page of one site to a lab of another. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type BrowserContext, chromium, type Frame, type Page } from 'playwright-core'
import { findBrowser } from '../tools/browser.mjs'
import { path, TestBackend } from './support/backend.js'
import { type Lms, startLms } from './support/lms.js'
import { until } from './support/until.js'

const AXE = await readFile(path('node_modules/axe-core/axe.min.js'), 'utf8')
/** A folder for pictures of the pages; nothing is kept without it. */
const PICTURES = process.env.LAB_TEST_PICTURES

/** What a person can set at chrome://settings/cookies. */
const NO_THIRD_PARTY = { cookie_controls_mode: 1, block_third_party_cookies: true }
/** Not even the partitioned cookies of the tool, where the course is around it: as browsers without such cookies do. */
const NONE_IN_COURSE = {
  ...NO_THIRD_PARTY,
  content_settings: { exceptions: { cookies: { '[*.]tool.localhost,[*.]lms.localhost': { setting: 2 } } } },
}

let lms: Lms
let backend: TestBackend
before(async () => {
  let started: Lms | undefined
  backend = await TestBackend.start({
    publicUrl: (port) => `http://labs.tool.localhost:${port}`,
    beside: async (port) => {
      started = await startLms(port)
      return { more: started.trust, origins: [started.platform.issuer] }
    },
  })
  if (!started) throw new Error('no LMS')
  lms = started
})
after(async () => {
  await backend?.stop()
  await lms?.stop()
})

interface Browser {
  readonly context: BrowserContext
  readonly problems: string[]
  close(): Promise<void>
}

async function browserWith(profile: object): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-chromium-'))
  await mkdir(join(folder, 'Default'))
  await writeFile(join(folder, 'Default/Preferences'), JSON.stringify({ profile }))
  const { executablePath, args } = await findBrowser()
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: [...args, '--disable-gpu', '--disable-dev-shm-usage'],
    viewport: { width: 1000, height: 800 },
    locale: 'en',
  })
  await context.addInitScript('globalThis.__name ??= (named) => named')
  const problems: string[] = []
  context.on('weberror', (error) => problems.push(String(error.error())))
  context.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  const close = async () => {
    await context.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  return { context, problems, close }
}

/** The frame with one of the tool's pages in it. */
async function toolPage(page: Page, kind: string): Promise<Frame> {
  return until(
    async () => {
      for (const frame of page.frames()) {
        // A frame that navigates in this moment may never answer.
        const asked = frame.evaluate(() => document.body?.dataset['page']).catch(() => undefined)
        const found = await Promise.race([asked, delay(2_000, undefined)])
        if (found === kind) return frame
      }
      return undefined
    },
    { what: `the page "${kind}" of the tool` },
  )
}

async function connected(frame: Frame): Promise<void> {
  await until(async () => (await frame.locator('lab-terminal').getAttribute('status')) === 'connected', {
    what: 'the lab to be connected',
  })
}

describe('with third-party cookies blocked', () => {
  let browser: Browser
  before(async () => {
    browser = await browserWith(NO_THIRD_PARTY)
  })
  after(() => browser?.close())

  it('a partitioned cookie carries the launch; the lab is there, and no cookie and no code is left', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.course({ height: 400 }))
    const frame = await toolPage(page, 'lab')
    await connected(frame)
    const lab = frame.locator('lab-terminal')
    await lab.evaluate((element) => Reflect.get(element, 'send').call(element, 'echo lab-$((40 + 2))\r'))
    const shown = () => lab.evaluate((element) => String(Reflect.get(element, 'getText').call(element)))
    await until(async () => /lab-42/.test(await shown()), { seconds: 30, what: 'an answer of the shell' })
    assert.equal(await lab.getAttribute('data-code'), null)
    assert.equal(await frame.evaluate(() => window.name), '')
    assert.deepEqual(
      (await browser.context.cookies()).filter(({ domain }) => domain.includes('tool')),
      [],
    )
    // As Canvas does when it is asked.
    await until(async () => (await frame.evaluate(() => window.innerHeight)) === 640, {
      what: 'the height',
    })
    const height = await lab.evaluate((element) => element.getBoundingClientRect().height)
    assert.equal(Math.round(height), 640)
    assert.deepEqual(browser.problems, [])
    await page.close()
  })
})

describe('with no cookie of the tool in the course', () => {
  let browser: Browser
  before(async () => {
    browser = await browserWith(NONE_IN_COURSE)
  })
  after(() => browser?.close())

  for (const storage of ['keeper', '_parent']) {
    it(`the launch works by platform storage in ${storage}`, async () => {
      const page = await browser.context.newPage()
      await page.goto(lms.course({ storage }))
      await connected(await toolPage(page, 'lab'))
      await page.close()
    })
  }

  it('a storage that does not answer is not waited for', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.course({ storage: 'silent' }))
    await toolPage(page, 'window')
    await page.close()
  })

  it('and without storage by a window of its own, opened by keyboard', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.course())
    const frame = await toolPage(page, 'window')
    await frame.locator('button').focus()
    const opened = browser.context.waitForEvent('page', { timeout: 60_000 })
    await page.keyboard.press('Enter')
    await connected(await toolPage(await opened, 'lab'))
    assert.match(await frame.locator('[role=status]').innerText(), /window of its own/)
    assert.deepEqual(browser.problems, [])
    await page.close()
  })
})

describe('a score', () => {
  it('goes by the operator’s command into the gradebook of the course that opened the lab', async () => {
    const browser = await browserWith({})
    const page = await browser.context.newPage()
    await page.goto(lms.login('sam'))
    await connected(await toolPage(page, 'lab'))
    await browser.close()
    const listed = await command('labs', 'list', '--learner', 'sam', '--json')
    const [lab]: { id: string }[] = JSON.parse(listed)
    assert.ok(lab, listed)
    const said = await command('labs', 'score', lab.id, '--given', '8', '--maximum', '10', '--comment', 'Well done')
    assert.match(said, /sam {2}posted/)
    const [score] = lms.platform.scores
    assert.equal(score?.path, '/items/7/scores?type_id=3')
    const { userId, scoreGiven, scoreMaximum, gradingProgress, comment } = score?.body ?? {}
    assert.deepEqual(
      [userId, scoreGiven, scoreMaximum, gradingProgress, comment],
      ['sam', 8, 10, 'FullyGraded', 'Well done'],
    )
    await assert.rejects(command('labs', 'score', lab.id, '--given', '11', '--maximum', '10'), /from 0 to the maximum/)
    assert.equal(lms.platform.scores.length, 1)
  })
})

/** A command of the operator beside the running service; answers what it says. */
async function command(...words: string[]): Promise<string> {
  const program = [path('backend/bin/lab-backend.js'), ...words, '--config', join(backend.folder, 'lab-terminal.yaml')]
  return (await promisify(execFile)(process.execPath, program, { timeout: 60_000 })).stdout
}

describe('the pages', () => {
  let browser: Browser
  before(async () => {
    browser = await browserWith({})
  })
  after(() => browser?.close())

  it('an author chooses a lab by keyboard and comes back to the course', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.login('grace'))
    await toolPage(page, 'choice')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.locator('input[name=lab]:checked').getAttribute('value'), 'log-detective')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/return$/, { timeout: 60_000 })
    await page.close()
  })

  it('of several labs at least one must be chosen, and leaving without one is possible', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.login('konrad'))
    await toolPage(page, 'choice')
    const first = page.locator('input[name=lab]').first()
    await page.locator('button').first().click()
    assert.equal(
      await first.evaluate((box) => (box instanceof HTMLInputElement ? box.validationMessage : '')),
      'Wählen Sie mindestens ein Lab.',
    )
    await page.getByRole('button', { name: 'Abbrechen' }).click()
    await page.waitForURL(/\/return$/, { timeout: 60_000 })
    await page.close()
  })

  it('a session that has ended says that only the course opens the lab again', async () => {
    const page = await browser.context.newPage()
    await page.goto(lms.login('ada'))
    const frame = await toolPage(page, 'lab')
    await connected(frame)
    const body = JSON.stringify({ code: 'auth/session-expired', title: '', retry: 'sign-in' })
    const answer = { status: 401, contentType: 'application/problem+json', body }
    await page.route('**/v1/labs/**', (route) => route.fulfill(answer))
    await frame.locator('lab-terminal').evaluate((element) => Reflect.get(element, 'reconnect').call(element))
    await page.locator('#again').waitFor({ state: 'visible', timeout: 60_000 })
    assert.match(await page.locator('#again').innerText(), /from your course again/)
    await page.evaluate(AXE)
    assert.deepEqual(await page.evaluate(barriers), [])
    await page.close()
  })

  for (const [hint, kind] of [
    ['grace', 'choice'],
    ['konrad', 'choice'],
    ['eve', 'problem'],
    ['ada', 'lab'],
    ['nobody', 'window'],
  ] as const) {
    it(`${kind} (${hint}) has no barrier, narrow and wide, light and dark`, async () => {
      for (const width of [320, 1280]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await browser.context.newPage()
          await page.setViewportSize({ width, height: 700 })
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          await page.goto(lms.login(hint))
          const frame = await toolPage(page, kind)
          if (kind === 'lab') await connected(frame)
          await page.evaluate(AXE)
          assert.deepEqual(await page.evaluate(barriers), [], `${width} ${colorScheme}`)
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, 'it scrolls sideways')
          if (PICTURES)
            await page.screenshot({ path: join(PICTURES, `lti-${kind}-${hint}-${width}-${colorScheme}.png`) })
          await page.close()
        }
      }
    })
  }
})

/** Runs in the page. */
async function barriers(): Promise<string[]> {
  const axe: unknown = Reflect.get(window, 'axe')
  if (typeof axe !== 'object' || axe === null) return ['no axe']
  const { violations } = await Reflect.get(axe, 'run').call(axe, document, { resultTypes: ['violations'] })
  return violations.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => {
    return `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join('; ')}`
  })
}
