/** A desktop in Chromium, by the real gateway, guacd, a VNC server and sshd (`npm run real:up`). */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { SCHEMES } from '../../src/display/schemes.js'
import { OWN_SCHEMES, type Scheme, scheme } from '../../src/display/xterm/themes.js'
import { TestBackend } from '../e2e/support/backend.js'
import { launchBrowser } from '../e2e/support/browser.js'
import { CuttingProxy } from '../e2e/support/cutting-proxy.js'
import { until } from '../e2e/support/until.js'
import { coloursOf, DesktopPage, pictureOf } from './support/desktop-page.js'

const WORDS = 'Zürich 日本語 🚀'

/** Asks the X server that the VNC server is. */
const onDesktop = async (command: string, ...args: string[]) =>
  (await promisify(execFile)(command, args, { env: { ...process.env, DISPLAY: ':1' } })).stdout

/** Where its pointer is, in its own pixels. */
async function pointer(): Promise<readonly [x: number, y: number]> {
  const [, x, y] = /x:(\d+) y:(\d+)/.exec(await onDesktop('xdotool', 'getmouselocation')) ?? []
  return [Number(x), Number(y)]
}

/** A pixel of the page may be a little more than one of the lab. */
const near = (one: readonly [number, number], other: readonly [number, number]) =>
  Math.abs(one[0] - other[0]) <= 1 && Math.abs(one[1] - other[1]) <= 1

const labs = `guacd: ["${process.env['GUACD'] ?? '127.0.0.1:4822'}"]`
const desktops = `
  desktops:
    title: Desktops
    clouds: [{ name: here }]
    terminals:
      - { name: vnc, protocol: vnc, host: 127.0.0.1, port: 5901, password: vncpass1, clipboard: both }
      - { name: rdp, protocol: rdp, host: 127.0.0.1, port: 3389, user: guactest, password: 'Throw4way!', parameters: { security: any, ignore-cert: true } }
      - { name: guac-ssh, protocol: ssh, display: guacamole, host: 127.0.0.1, port: 2222, user: guactest, password: 'Throw4way!', files: both }
      - { name: looking, protocol: vnc, host: 127.0.0.1, port: 5901, password: vncpass1, readOnly: true }
      - { name: shell, protocol: ssh }
      - { name: wrong, protocol: vnc, host: 127.0.0.1, port: 5901, password: not-it }`

describe('a desktop by guacd, in Chromium', () => {
  let proxy: CuttingProxy
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let lab: DesktopPage
  before(async () => {
    proxy = await CuttingProxy.start()
    backend = await TestBackend.start({ more: `${desktops}\n${labs}`, publicUrl: () => proxy.url })
    proxy.target = backend.port
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    await proxy?.stop()
  })
  beforeEach(async () => {
    const context = await browser.newContext({ bypassCSP: true, permissions: ['clipboard-read', 'clipboard-write'] })
    lab = new DesktopPage(await context.newPage())
  })
  // A page that stays would be at the same desktop as the next one.
  afterEach(() => lab.page.context().close())

  for (const terminal of ['vnc', 'rdp', 'guac-ssh']) {
    it(`${terminal}: types and sees`, async () => {
      await lab.open(backend.url, proxy.url, terminal)
      const before = await lab.rests()
      await lab.click()
      await lab.page.keyboard.type('echo seen\n')
      const after = await lab.changes(before)
      assert.equal(after.width, before.width)
      assert.deepEqual(lab.errors, [])
    })
  }

  it('vnc: types by the on-screen keyboard', async () => {
    await lab.open(backend.url, proxy.url, 'vnc')
    await lab.rests()
    await lab.click()
    // There by keys alone, and once more after another link.
    await lab.page.locator('#menu-button').focus()
    await lab.page.keyboard.press('Enter')
    await lab.tabTo('On-screen keyboard')
    await lab.page.keyboard.press('Enter')
    const keys = lab.page.getByRole('group', { name: 'On-screen keyboard' })
    await keys.waitFor()
    await lab.ask('reconnect')
    await lab.reaches('connected')
    await lab.rests()
    await lab.tabTo('Esc')
    await lab.page.keyboard.press('ArrowDown')
    const before = await lab.rests()
    await lab.page.keyboard.press('Enter')
    await lab.changes(before, 60)
    for (const name of ['k', 'Backspace', 'Backspace']) {
      const last = await lab.rests()
      await keys.getByRole('button', { name, exact: true }).click()
      await lab.changes(last, 60)
    }
    assert.deepEqual(lab.errors, [])
  })

  it('guac-ssh: copies both ways, whole characters', async () => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    await lab.rests()
    await lab.click()
    await lab.page.evaluate((text) => navigator.clipboard.writeText(text), `printf '\\033c%s\\n' '${WORDS}'`)
    await lab.page.keyboard.press('Control+Shift+V')
    await lab.page.keyboard.press('Enter')
    await lab.rests()
    await lab.page.evaluate(() => navigator.clipboard.writeText('nothing yet'))
    // guacd's terminal copies what is selected: the first line, by a triple click.
    const box = await lab.page.locator('.screen:not([hidden]) .surface').boundingBox()
    if (!box) throw new Error('no surface')
    await lab.page.mouse.move(box.x + 2, box.y + 8)
    await lab.page.mouse.down()
    await lab.page.mouse.move(box.x + 200, box.y + 8, { steps: 5 })
    await lab.page.mouse.up()
    const copied = await until(async () => (await lab.copied) !== 'nothing yet' && lab.copied, {
      seconds: 10,
      what: 'what was selected on the clipboard',
    })
    assert.ok(copied.startsWith(WORDS), JSON.stringify(copied))
  })

  it('guac-ssh: has the colours of the text terminal, those of the page and those that the learner chooses', async () => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    await lab.rests()
    const shows = ({ foreground, background }: Scheme, name: string) =>
      until(
        async () => {
          const found = await coloursOf(lab.page)
          return found.has(foreground) && found.has(background)
        },
        { what: `the colours of ${name}` },
      )
    await shows(OWN_SCHEMES.light, 'the light page')
    const choose = (name: string) =>
      lab.page.evaluate((theme) => document.querySelector('lab-terminal')?.setAttribute('theme', theme), name)
    await choose('dark')
    await shows(OWN_SCHEMES.dark, 'the dark scheme')
    await choose('gruvbox-light')
    await shows(scheme(SCHEMES['gruvbox-light']), 'a scheme by its name')
    assert.deepEqual(lab.errors, [])
  })

  it('guac-ssh: has the text size of the text terminal', async () => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    const shaped = async (fontSize: number) => {
      await lab.page.evaluate(
        (size) => document.querySelector('lab-terminal')?.setAttribute('font-size', `${size}`),
        fontSize,
      )
      await lab.rests()
      const file = `/home/guactest/size-${Date.now()}`
      // DejaVu Sans Mono is 0.602 of its size wide, and guacd cuts that to whole pixels; beside it is its scroll bar.
      const cell = Math.floor(fontSize * 0.602)
      return until(
        async () => {
          await lab.click()
          await lab.page.keyboard.type(`clear; stty size > ${file}\n`)
          await lab.rests()
          const [rows = 0, columns = 0] = (await readFile(file, 'utf8').catch(() => '')).split(' ').map(Number)
          await rm(file, { force: true })
          const { width, height } = await lab.rests()
          return Math.floor((width - 16) / columns) === cell && { rows, columns, height }
        },
        { what: `text of ${fontSize} pixels`, every: 500 },
      )
    }
    const usual = await shaped(14)
    const larger = await shaped(20)
    assert.ok(larger.rows < usual.rows && larger.columns < usual.columns, JSON.stringify({ usual, larger }))
    assert.deepEqual(lab.errors, [])
  })

  it('guac-ssh: follows the size of the element', async () => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    const before = await lab.rests()
    await lab.page.setViewportSize({ width: 900, height: 700 })
    const after = await until(
      async () => {
        const now = await pictureOf(lab.page)
        return now && now.width !== before.width && now
      },
      { seconds: 20, what: 'another size' },
    )
    const box = await lab.page.locator('.screen:not([hidden]) .surface').boundingBox()
    assert.ok(Math.abs(after.width - (box?.width ?? 0)) < 4, `${after.width} of ${box?.width}`)
    assert.ok(Math.abs(after.height - (box?.height ?? 0)) < 4, `${after.height} of ${box?.height}`)
  })

  it('vnc: follows its server to another size, fits it, and points at the right pixel', async () => {
    await lab.open(backend.url, proxy.url, 'vnc')
    const before = await lab.rests()
    try {
      for (const [width, height] of [
        [800, 600],
        [1920, 1080],
      ] as const) {
        await onDesktop('xrandr', '--size', `${width}x${height}`)
        await until(
          async () => {
            const now = await pictureOf(lab.page)
            return now?.width === width && now.height === height
          },
          { seconds: 20, what: `a picture of ${width}x${height}` },
        )
        await lab.rests()
        const room = await lab.page.locator('.screen:not([hidden]) .lab-guacamole').boundingBox()
        const shown = await lab.page.locator('.screen:not([hidden]) .surface').boundingBox()
        assert.ok(
          room && shown && shown.width <= room.width + 1 && shown.height <= room.height + 1,
          'all of it is seen',
        )
        // The corners, which the smaller one has not, and something between.
        for (const [x, y] of [
          [width - 2, height - 2],
          [1, 1],
          [Math.round(width / 3), Math.round((height * 2) / 3)],
        ] as const) {
          const place = await lab.placeOf(x, y)
          await lab.page.mouse.move(place.x, place.y)
          await until(async () => near(await pointer(), [x, y]), {
            seconds: 10,
            what: `the pointer at ${x},${y} of ${width}x${height}`,
          }).catch(async (error: Error) => assert.fail(`${error.message}: it is at ${await pointer()}`))
        }
      }
    } finally {
      await onDesktop('xrandr', '--size', `${before.width}x${before.height}`)
    }
    await until(async () => (await pictureOf(lab.page))?.width === before.width, { what: 'its first size' })
    assert.deepEqual(lab.errors, [])
  })

  it('read-only: shows, and takes no key', async () => {
    await lab.open(backend.url, proxy.url, 'looking')
    const before = await lab.rests()
    await lab.page.locator('.surface').click()
    await lab.page.keyboard.type('echo no\n')
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    assert.equal((await lab.rests()).sum, before.sum)
    assert.match(await lab.page.locator('[part=status]').innerText(), /View only/)
  })

  it('comes back to the same desktop after a cut link and a reload, within a second', async (t) => {
    await lab.open(backend.url, proxy.url, 'vnc')
    await lab.rests()
    await lab.click()
    await lab.page.keyboard.type(`clear; echo kept-${Date.now()}\n`)
    const before = await lab.rests()
    proxy.cutNow()
    await lab.reaches('reconnecting', 5).catch(() => undefined)
    const cutAt = performance.now()
    await lab.reaches('connected')
    const came = performance.now() - cutAt
    assert.equal((await lab.rests()).sum, before.sum)
    t.diagnostic(`after a cut: ${Math.round(came)} ms`)
    assert.ok(came < 15_000, `a second, on a machine fifteen times as slow: ${came} ms`)
    await lab.open(backend.url, proxy.url, 'vnc')
    assert.equal((await lab.rests()).sum, before.sum)
  })

  it('switches between terminals without a reload, each with its screen', async () => {
    await lab.open(backend.url, proxy.url, 'vnc')
    const { navigations } = lab
    const desktop = await lab.rests()
    await lab.page.getByRole('tab', { name: 'shell', exact: true }).click()
    await lab.reaches('connected')
    await lab.type('echo in-$((1 + 1))-shell')
    await lab.shows(/in-2-shell/)
    await lab.page.getByRole('tab', { name: 'rdp', exact: true }).click()
    await lab.reaches('connected')
    const other = await lab.rests()
    assert.notEqual(other.sum, desktop.sum)
    await lab.page.getByRole('tab', { name: 'vnc', exact: true }).click()
    await lab.reaches('connected')
    // The last one is shown at once, and then what the new connection brings: the same.
    assert.equal((await lab.rests()).sum, desktop.sum)
    await lab.page.getByRole('tab', { name: 'shell', exact: true }).click()
    assert.match(await lab.text, /in-2-shell/)
    assert.equal(lab.navigations, navigations)
  })

  it('guac-ssh: uploads and downloads 20 MB', async (t) => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    await lab.rests()
    const content = randomBytes(20 * 1024 * 1024)
    const name = `lab-terminal-${Date.now()}.bin`
    const begun = performance.now()
    await lab.uploadWhole(name, content)
    const uploaded = performance.now()
    const { bytes } = await lab.saved(async () => {
      await lab.page.locator('#menu-button').click()
      await lab.page.getByRole('button', { name: 'Download a file…' }).click()
      await lab.page.getByLabel('Its path in the lab').fill(`/home/guactest/${name}`)
      await lab.page.getByRole('button', { name: 'Download', exact: true }).click()
    })
    assert.ok(bytes.equals(content), 'the same bytes')
    t.diagnostic(`up ${Math.round(uploaded - begun)} ms, down ${Math.round(performance.now() - uploaded)} ms`)
    await lab.click()
    await lab.page.keyboard.type(`rm ${name}\n`)
  })

  it('opens a window of its own, with the terminal that is chosen', async () => {
    await lab.open(backend.url, proxy.url, 'guac-ssh')
    await lab.rests()
    const opened = lab.page.waitForEvent('popup')
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Open in a window' }).click()
    const second = new DesktopPage(await opened)
    await second.reaches('connected', 30)
    await second.rests()
    assert.equal(await second.page.locator('lab-terminal').getAttribute('terminal'), 'guac-ssh')
    assert.equal(await lab.status, 'connected')
  })
})
