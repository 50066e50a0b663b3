/** A desktop in a real stack, by the real guacd, in Chromium: asleep with Heat and awake again, it is the same one. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { Testbed } from '../../../backend/test/real/openstack/testbed.js'
import { TestBackend } from '../../e2e/support/backend.js'
import { launchBrowser } from '../../e2e/support/browser.js'
import { until } from '../../e2e/support/until.js'
import { DesktopPage, pixelAt } from '../support/desktop-page.js'
import { BLUE_OF_KEY, DESKTOP_TEMPLATE, INSIDE, STEP } from './desktop-template.js'

const PATIENCE_SECONDS = 180

describe('a desktop in Heat, on a page', () => {
  let testbed: Testbed
  let backend: TestBackend
  before(async () => {
    const guacd = process.env['GUACD']
    assert.ok(guacd, 'GUACD names no guacd (npm run real:up)')
    testbed = await Testbed.open()
    const template = JSON.stringify(await testbed.file('desktop.yaml', DESKTOP_TEMPLATE))
    backend = await TestBackend.start({
      clouds: '{ heat: { type: openstack, cloud: testbed } }',
      labs: `
  desktops:
    template: ${template}
    terminals: [{ name: desk, protocol: vnc, host: { output: public_ip }, port: 5901, password: { output: password } }]`,
      more: `guacd: ["${guacd}"]`,
      env: { OS_CLIENT_CONFIG_FILE: `${testbed.state}/clouds.yaml` },
    })
  })
  after(async () => {
    await backend?.stop()
    await testbed?.clear(`127.0.0.1:${backend.port}`)
    await testbed?.dispose()
  })

  it('is suspended with its stack and shows, awake on focus, the same window of the same program', async (t) => {
    const browser = await launchBrowser()
    try {
      const lab = new DesktopPage(await (await browser.newContext()).newPage())
      await lab.open(backend.url, backend.url, 'desk', PATIENCE_SECONDS)
      const { birth } = await shows(lab, ({ count }) => count >= 5)
      await types(lab, 'k', ({ key }) => key)
      const running = await processes(testbed)
      assert.ok(running.size >= 3, `X, xterm and the program: ${running.size}`)

      const asked = performance.now()
      await lab.ask('suspend')
      await lab.reaches('paused', PATIENCE_SECONDS)
      // The page says so as soon as the pause has begun.
      await until(async () => [...(await processes(testbed)).values()].every((state) => state === 'T'), {
        seconds: PATIENCE_SECONDS,
        what: 'every process of the machine to be stopped',
      })
      assert.equal((await processes(testbed)).size, running.size)
      const asleep = await seen(lab)
      assert.ok(asleep?.birth === birth && asleep.key, 'the last picture stays on the page')

      const woken = performance.now()
      await lab.page.evaluate(() => window.dispatchEvent(new Event('focus')))
      await lab.reaches('connected', PATIENCE_SECONDS)
      const awake = await shows(lab, ({ count }) => later(count, asleep.count))
      assert.equal(awake.birth, birth, 'the program that was started first')
      assert.ok(awake.key, 'and it knows of the key')
      assert.deepEqual(lasting(await processes(testbed)), lasting(running))
      t.diagnostic(`asleep in ${seconds(woken - asked)} s, back in ${seconds(performance.now() - woken)} s`)

      await types(lab, 'j', ({ key }) => !key)
      assert.deepEqual(lab.errors, [])
      assert.equal(lab.navigations, 1)
    } finally {
      await browser.server.close()
    }
  })
})

/** What the program says by its colour. */
interface Seen {
  /** Goes from 0 to 1023, and round. */
  readonly count: number
  readonly birth: number
  /** The last key was a k. */
  readonly key: boolean
}

async function seen(lab: DesktopPage): Promise<Seen | undefined> {
  const pixel = await pixelAt(lab.page, ...INSIDE)
  if (!pixel) return undefined
  const [red, green, blue] = pixel.map((value) => Math.round(value / STEP))
  const [high = 0, low = 0, rest = 0] = [red, green, blue]
  const key = rest >= BLUE_OF_KEY / STEP
  return { count: high * 32 + low, birth: rest % (BLUE_OF_KEY / STEP), key }
}

function shows(lab: DesktopPage, wanted: (seen: Seen) => boolean): Promise<Seen> {
  return until(
    async () => {
      const now = await seen(lab)
      return now && wanted(now) && now
    },
    { seconds: PATIENCE_SECONDS, what: `the window to show ${wanted}` },
  )
}

/** Until it is seen: a window that has just come takes its time to listen. */
async function types(lab: DesktopPage, key: string, seenBy: (seen: Seen) => boolean): Promise<void> {
  await until(
    async () => {
      await lab.page.locator('.screen:not([hidden]) .surface').click()
      await lab.page.keyboard.press(key)
      const now = await seen(lab)
      return now && seenBy(now)
    },
    { seconds: PATIENCE_SECONDS, what: `the key ${key} to be seen`, every: 500 },
  )
}

/** The counter went on, by less than half a round. */
function later(count: number, than: number): boolean {
  const steps = (count - than + 1024) % 1024
  return steps >= 5 && steps < 512
}

/** The processes of the machine that began at its boot, by number, and the state of each: its letter in proc(5). */
async function processes(testbed: Testbed): Promise<Map<number, string>> {
  const folder = `${testbed.state}/cloud/servers`
  const [server, ...others] = (await Promise.all((await readdir(folder)).map((id) => booted(folder, id)))).flat()
  assert.ok(server && others.length === 0, 'one machine with a desktop')
  const found = new Map<number, string>()
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.split('\0').includes(`LAB_SERVER_ID=${server}`)) continue
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const state = /\) (\S)/.exec(stat)?.[1]
    if (state && state !== 'Z') found.set(Number(pid), state)
  }
  return found
}

async function booted(folder: string, id: string): Promise<string[]> {
  return (await readdir(`${folder}/${id}`)).includes('user-data') ? [id] : []
}

const lasting = (found: ReadonlyMap<number, string>) => [...found.keys()].sort((a, b) => a - b)
const seconds = (ms: number) => (ms / 1000).toFixed(1)
