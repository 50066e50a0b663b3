/** What a hostile program prints, in the page: it may take neither its memory nor its turns, and none of its links opens a script. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CDPSession } from 'playwright-core'
import type { LabPage } from './support/browser.js'
import { Course } from './support/course.js'
import { until } from './support/until.js'

const MB = 1_000_000
/** Of one sequence: half of it is more than any may have. xterm itself gives up one of 10 MB. */
const BYTES = (process.env.LAB_FULL ? 9 : 2.4) * MB
/** Xterm itself would take forty bytes for each of a string. */
const MOST = 12 * MB

/** What it begins with, what goes on and on, and what ends it, as `printf` has them. */
const ENDLESS = {
  'a title': ['\\033]2;', 'y', '\\007'],
  'a link to a script': ['\\033]8;;javascript:', 'y', '\\007x\\033]8;;\\007'],
  'a clipboard': ['\\033]52;c;', 'y', '\\007'],
  'a DCS that xterm knows': ['\\033P$q', 'y', '\\033\\134'],
  'a DCS that nobody knows': ['\\033Pz', 'y', '\\033\\134'],
  'an APC': ['\\033_', 'y', '\\033\\134'],
  'a CSI of parameters': ['\\033[1;', '7;', 'm'],
  'links without end': ['', '\\033]8;;javascript:alert(1)\\007x\\033]8;;\\007\\r', ''],
  'titles on the stack': ['', '\\033]2;a title\\007\\033[22t', ''],
} as const

/** Prints a half, waits for a line, prints the rest. */
function program([begin, filler, end]: (typeof ENDLESS)[keyof typeof ENDLESS], turn: number): string {
  const bytes = begin ? BYTES : BYTES / 4
  const half = `yes "$(printf '${filler}%.0s' $(seq 99))" | tr -d '\\n' | head -c ${bytes / 2}`
  return `printf '${begin}'; ${half}; read -rs; ${half}; printf '${end}\\030\\033cover ${turn}\\n'`
}

/** Counts what the page acknowledged as parsed, and the turns of its event loop. */
function watchPage(): void {
  const seen = { acked: 0, turns: 0 }
  Reflect.set(window, 'seen', seen)
  const Native = window.WebSocket
  window.WebSocket = class extends Native {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      const message = typeof data === 'string' ? JSON.parse(data) : {}
      if (message.type === 'ack') seen.acked = message.seq
      super.send(data)
    }
  }
  const { port1, port2 } = new MessageChannel()
  setInterval(() => port2.postMessage(undefined), 10)
  port1.onmessage = () => seen.turns++
}

const seenBy = (lab: LabPage): Promise<{ acked: number; turns: number }> =>
  lab.page.evaluate(() => Reflect.get(window, 'seen'))

async function heapOf(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  // Newer Chromium tells of what is outside of the heap too.
  const usage: object = await cdp.send('Runtime.getHeapUsage')
  return ['usedSize', 'embedderHeapUsedSize', 'backingStorageSize']
    .map((name) => Number(Reflect.get(usage, name) ?? 0))
    .reduce((sum, bytes) => sum + bytes)
}

describe('hostile output, in the page', () => {
  let course: Course
  let lab: LabPage
  before(async () => {
    course = await Course.start()
    lab = await course.open({ watch: watchPage })
    await lab.shows(/[$#] ?$/m)
  })
  after(() => course?.stop())

  it('megabytes of one sequence are not held, and the page keeps its turns', async (t) => {
    const cdp = await lab.page.context().newCDPSession(lab.page)
    for (const [turn, [name, sequence]] of Object.entries(ENDLESS).entries()) {
      const [before, from] = [await heapOf(cdp), await seenBy(lab)]
      const half = (sequence[0] ? BYTES : BYTES / 4) / 2
      await lab.type(program(sequence, turn))
      // Less than a half by what is acknowledged in one.
      await until(async () => (await seenBy(lab)).acked > from.acked + 0.95 * half, { seconds: 300, what: name })
      const middle = (await heapOf(cdp)) - before
      await lab.page.keyboard.press('Enter')
      await lab.shows(new RegExp(`^over ${turn}\n`), 300)
      const afterwards = (await heapOf(cdp)) - before
      const most = Math.max(middle, afterwards)
      t.diagnostic(
        `${name}: ${(middle / MB).toFixed(1)} MB more in the middle, ${(afterwards / MB).toFixed(1)} after it`,
      )
      assert.ok(most < MOST, `${name}: ${most} bytes more`)
      const { turns } = await seenBy(lab)
      assert.ok(turns - from.turns >= 10, `${name}: ${turns - from.turns} turns of the page`)
    }
    assert.deepEqual(lab.errors, [])
  })

  it('a link opens the web, and never a script', async () => {
    const { page } = lab
    const opened: string[] = []
    page.context().on('page', (tab) => opened.push(tab.url()))
    const screen = page.locator('lab-terminal .xterm-screen')
    const script = 'javascript:window.harmed=1'
    const links = { 'javascript:1': script, 'a script': script, 'the web': 'https://lab.invalid/' }
    for (const [words, address] of Object.entries(links)) {
      await lab.type(`printf '\\033c\\033]8;;${address}\\007${words}\\033]8;;\\007\\n'`)
      await lab.shows(new RegExp(`^${words}\n`))
      // What a link is, xterm finds out when the pointer comes to another line.
      await screen.hover({ position: { x: 200, y: 200 } })
      await screen.hover({ position: { x: 20, y: 6 } })
      await screen.click({ position: { x: 24, y: 7 }, modifiers: ['Control'] })
    }
    // The last one, which shows that the clicks were such as open a link.
    await until(() => opened.length > 0, { what: 'the page of the web' })
    assert.equal(opened.length, 1)
    assert.equal(await page.evaluate(() => Reflect.get(window, 'harmed')), undefined)
    assert.deepEqual(lab.errors, [])
  })
})
