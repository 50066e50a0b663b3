import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabPage } from './support/browser.js'
import { Course } from './support/course.js'
import { until } from './support/until.js'

/** Asks 4 s after the last input, pauses 24 s after it: the 20 s between are the least that WCAG 2.2.1 allows. */
const LAB = '{ idleWarn: 4s, idleSuspend: 24s, leaveGrace: 60s }'

describe('the idle prompt', () => {
  let course: Course
  before(async () => {
    course = await Course.start({ defaults: LAB })
  })
  after(() => course?.stop())

  async function openLab(): Promise<LabPage> {
    const lab = await course.open()
    await lab.page.evaluate(() => {
      const seen: number[] = []
      Reflect.set(window, 'idleSeen', seen)
      document.addEventListener('lab-idle', (event) => seen.push(Reflect.get(event, 'secondsLeft')))
    })
    return lab
  }
  const seen = (lab: LabPage): Promise<number[]> => lab.page.evaluate(() => Reflect.get(window, 'idleSeen'))
  const prompt = (lab: LabPage) => lab.page.getByText(/busy elsewhere/i).first()

  it('comes once, leaves at least 20 s, and any key or click on the page keeps the lab', async () => {
    const lab = await openLab()
    for (const keep of ['key', 'click', 'key'] as const) {
      await prompt(lab).waitFor({ state: 'visible', timeout: 10_000 })
      if (keep === 'key') await lab.page.keyboard.press('ArrowDown')
      else await lab.page.locator('h1').click()
      await prompt(lab).waitFor({ state: 'hidden', timeout: 3_000 })
      assert.equal(await lab.status, 'connected')
    }
    const times = await seen(lab)
    assert.equal(times.length, 3)
    for (const seconds of times) assert.ok(seconds >= 19 && seconds <= 21, String(times))
  })

  it('typing in the terminal counts', async () => {
    const lab = await openLab()
    for (let i = 0; i < 8; i++) {
      await lab.type('true')
      await sleep(1000)
    }
    assert.deepEqual(await seen(lab), [])
  })

  it('the page may keep the lab itself: lab-idle is cancelable', async () => {
    const lab = await openLab()
    await lab.page.evaluate(() => document.addEventListener('lab-idle', (event) => event.preventDefault()))
    await until(async () => (await seen(lab)).length >= 2, { what: 'the lab kept once, and asked about again' })
    assert.equal(await prompt(lab).isVisible(), false)
    assert.equal(await lab.status, 'connected')
  })

  it('unanswered, the lab is paused with its last screen; a hidden tab shows nothing but its title', async () => {
    const lab = await openLab()
    await lab.type('echo kept-$((6 * 7))')
    await lab.shows(/kept-42/)
    const title = await lab.page.title()
    await lab.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await until(async () => (await lab.page.title()) !== title, { what: 'another title' })
    // Were there a prompt, it would count down, second by second.
    await sleep(1_500)
    assert.equal(await prompt(lab).isVisible(), false)
    await lab.reaches('paused', 30)
    assert.match(await lab.text, /kept-42/)
    await until(async () => (await lab.page.title()) === title, { what: 'the title to be as it was' })
  })
})
