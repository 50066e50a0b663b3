import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { family, signalAll } from './support/processes.js'
import { until } from './support/until.js'

/** More than the 10 s after which a page that does not answer is known to be gone. */
const GRACE = 13

/** The log's own words and times, so that nothing here looks at the lab and so keeps it awake. */
function suspensions(output: string, since: number): number[] {
  return output
    .split('\n')
    .filter((line) => line.includes('"to":"suspending"'))
    .map((line): number => Number(/"time":(\d+)/.exec(line)?.[1] ?? Number.NaN))
    .filter((time) => time >= since)
}

describe('a page that goes without a word', () => {
  let backend: TestBackend
  before(async () => {
    backend = await TestBackend.start({ defaults: `{ idleWarn: 10m, idleSuspend: 12m, leaveGrace: ${GRACE}s }` })
  })
  after(async () => {
    await backend?.stop()
  })

  async function openLab() {
    const browser = await launchBrowser()
    const lab = new LabPage(await (await browser.newContext()).newPage())
    await lab.page.goto(`${backend.url}/`)
    await lab.reaches('connected')
    const pid = browser.server.process().pid
    assert.ok(pid)
    return { browser, lab, pid }
  }

  async function suspendedOnce(since: number): Promise<number> {
    const at = await until(() => suspensions(backend.output, since)[0], {
      seconds: GRACE + 15,
      what: 'the lab to be suspended',
    })
    await new Promise((resolve) => setTimeout(resolve, 3000))
    assert.equal(suspensions(backend.output, since).length, 1)
    return (at - since) / 1000
  }

  it('Chromium killed: suspended once, leaveGrace later', async (t) => {
    const { pid } = await openLab()
    const killed = Date.now()
    signalAll(family(pid), 'SIGKILL')
    const took = await suspendedOnce(killed)
    t.diagnostic(`suspended ${took.toFixed(2)} s after the kill, leaveGrace ${GRACE} s`)
    assert.ok(Math.abs(took - GRACE) <= 2, `${took} s`)
  })

  it('laptop asleep (nothing closes, nothing answers): the same', async (t) => {
    const { browser, pid } = await openLab()
    const members = family(pid)
    const asleep = Date.now()
    signalAll(members, 'SIGSTOP')
    try {
      const took = await suspendedOnce(asleep)
      t.diagnostic(`suspended ${took.toFixed(2)} s after the page froze, leaveGrace ${GRACE} s`)
      assert.ok(Math.abs(took - GRACE) <= 2, `${took} s`)
    } finally {
      signalAll(members, 'SIGCONT')
      await browser.server.close()
    }
  })

  it('a closed tab: the same; a learner who is back first is left alone', async () => {
    const { browser, lab } = await openLab()
    const context = lab.page.context()
    const closed = Date.now()
    await lab.page.close()
    const again = new LabPage(await context.newPage())
    await again.page.goto(`${backend.url}/`)
    await again.reaches('connected')
    await new Promise((resolve) => setTimeout(resolve, (GRACE + 3) * 1000))
    assert.deepEqual(suspensions(backend.output, closed), [])
    const left = Date.now()
    await again.page.close()
    const took = await suspendedOnce(left)
    assert.ok(Math.abs(took - GRACE) <= 2, `${took} s`)
    await browser.server.close()
  })
})
