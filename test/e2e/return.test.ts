import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { Learner } from './support/learner.js'
import { processesWith } from './support/processes.js'
import { until } from './support/until.js'

const SUSPEND_MS = 3000
/** With LAB_FULL=1 as fine as asked. */
const STEP_MS = process.env.LAB_FULL ? 100 : 300

describe('coming back in the middle of a suspend', () => {
  let backend: TestBackend
  before(async () => {
    backend = await TestBackend.start({ faulty: true, env: { LAB_SLOW_SUSPEND: String(SUSPEND_MS) } })
  })
  after(async () => {
    await backend?.stop()
  })

  it(`works at every ${STEP_MS} ms of a suspend that takes ${SUSPEND_MS} ms: one lab, running, nothing failed`, async () => {
    const instants = Array.from({ length: Math.ceil(SUSPEND_MS / STEP_MS) + 2 }, (_, i) => i * STEP_MS)
    await Promise.all(
      instants.map(async (instant, i) => {
        // Not all at once: it is the instant that is tried, not the load.
        await sleep(i * 150)
        const learner = await new Learner(backend).signIn()
        await learner.lab('start')
        await learner.reaches('running', 60)
        await learner.lab('suspend')
        await sleep(instant)
        const back = await learner.lab('start')
        assert.equal(back.desired, 'running')
        assert.equal(back.problem, undefined)
        const status = await learner.reaches('running', 60)
        assert.equal(status.problem, undefined)
        await learner.lab('suspend')
      }),
    )
    assert.ok(!backend.output.includes('"to":"failed"'))
    assert.ok(!backend.output.includes('cloud call failed'))
  })

  it('in the page: the same shell, no error shown, no reload', async () => {
    const browser = await launchBrowser()
    const lab = new LabPage(await (await browser.newContext()).newPage())
    await lab.page.goto(`${backend.url}/`)
    await lab.reaches('connected')
    await lab.type('echo shell-$$')
    const [, shell] = await lab.shows(/shell-(\d+)/)
    const seen: string[] = []
    await lab.page.exposeFunction('sawStatus', (status: string) => seen.push(status))
    await lab.page.evaluate(() => {
      document.addEventListener('lab-status', (event) => {
        Reflect.get(window, 'sawStatus')(Reflect.get(event, 'status'))
      })
    })
    for (const instant of [0, 400, 1200, 2500, 2900, 3100]) {
      await lab.ask('suspend')
      await lab.reaches('paused')
      await sleep(instant)
      await lab.page.evaluate(() => window.dispatchEvent(new Event('focus')))
      await lab.reaches('connected', 30)
    }
    await lab.type('echo again-$$')
    assert.equal((await lab.shows(/again-(\d+)/))[1], shell)
    assert.ok(!seen.includes('failed'), seen.join(' '))
    assert.equal(lab.navigations, 1)
    assert.deepEqual(lab.errors, [])
    await browser.server.close()
  })

  it('50 starts at once make one lab', async () => {
    const learner = await new Learner(backend).signIn()
    const answers = await Promise.all(Array.from({ length: 50 }, () => learner.lab('start', 'log-detective')))
    assert.ok(answers.every(({ phase }) => phase === 'launching' || phase === 'running'))
    await until(async () => (await learner.lab(undefined, 'log-detective')).phase === 'running', {
      what: 'the lab to run',
    })
    const hosts = processesWith(backend.folder).filter(({ command }) => /host-main.*log-detective/.test(command))
    assert.equal(hosts.length, 1)
  })
})
