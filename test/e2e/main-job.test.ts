import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { processesWith } from './support/processes.js'

const COUNTS = /process (\d+) counts (\d+)/g

/** The numbers in order of appearance, and the processes that counted. */
function counted(text: string): { numbers: number[]; pids: Set<string> } {
  const lines = [...text.matchAll(COUNTS)]
  return { numbers: lines.map(([, , n]) => Number(n)), pids: new Set(lines.map(([, pid]) => pid ?? '')) }
}

function assertUnbroken(numbers: number[]): void {
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => (numbers[0] ?? 0) + i),
  )
}

describe('the main job: open the page, get a real lab, wander off, come back to the same shell', () => {
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  before(async () => {
    backend = await TestBackend.start()
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    assert.deepEqual(processesWith(backend.folder), [])
  })

  it('a counter stops while the lab sleeps and goes on with the next number and the same process', async (t) => {
    const lab = new LabPage(await (await browser.newContext()).newPage())
    const opened = performance.now()
    await lab.page.goto(`${backend.url}/`)
    await lab.reaches('connected')
    await lab.shows(/[$#] ?$/m)
    t.diagnostic(`first prompt ${Math.round(performance.now() - opened)} ms after the page was opened`)

    await lab.type('./count.sh')
    await lab.shows(/counts 3/)
    await lab.ask('suspend')
    await lab.reaches('paused')
    const before = counted(await lab.text).numbers.at(-1) ?? 0
    await sleep(3000)
    assert.equal(counted(await lab.text).numbers.at(-1), before)

    await lab.page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await lab.reaches('connected')
    await lab.shows(new RegExp(`counts ${before + 2}\\b`))
    const first = counted(await lab.text)
    assertUnbroken(first.numbers)
    assert.equal(first.pids.size, 1)
    assert.equal(lab.navigations, 1)

    await lab.page.reload()
    await lab.reaches('connected')
    const last = first.numbers.at(-1) ?? 0
    await lab.shows(new RegExp(`counts ${last + 2}\\b`))
    const second = counted(await lab.text)
    assertUnbroken(second.numbers)
    assert.equal(second.numbers[0], 1)
    assert.deepEqual(second.pids, first.pids)
    assert.deepEqual(lab.errors, [])
  })

  it('two tabs of one lab show one shell, and closing one leaves the other alone', async () => {
    const context = await browser.newContext()
    const [one, two] = [new LabPage(await context.newPage()), new LabPage(await context.newPage())]
    await one.page.goto(`${backend.url}/`)
    await one.reaches('connected')
    await two.page.goto(`${backend.url}/`)
    await two.reaches('connected')
    await one.page.bringToFront()
    await one.type('echo said-by-$((40 + 2))')
    await two.shows(/said-by-42/)
    await one.page.close()
    await two.page.bringToFront()
    await two.type('echo still-$((1 + 1))')
    await two.shows(/still-2/)
  })

  it('the shell that ended is told, and Enter opens another one under the old lines', async () => {
    const lab = new LabPage(await (await browser.newContext()).newPage())
    await lab.page.goto(`${backend.url}/`)
    await lab.reaches('connected')
    await lab.type('echo before-$((3 * 3)); exit')
    await lab.shows(/before-9/)
    await lab.page
      .getByText(/shell has ended/i)
      .first()
      .waitFor()
    await lab.page.keyboard.press('Enter')
    await lab.shows(/logout[\s\S]*[$#] ?$/)
    await lab.type('echo after-$((4 * 4))')
    await lab.shows(/before-9[\s\S]*after-16/)
  })
})
