/** A desktop in Chromium, by the real gateway, guacd, a VNC server and sshd (`npm run real:up`). */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { TestBackend } from '../e2e/support/backend.js'
import { LabPage, launchBrowser } from '../e2e/support/browser.js'
import { CuttingProxy } from '../e2e/support/cutting-proxy.js'
import { until } from '../e2e/support/until.js'

const WORDS = 'Zürich 日本語 🚀'

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

/** What the page sees of the picture: its size in pixels of the lab, and a number that changes with any pixel. */
interface Picture {
  width: number
  height: number
  sum: number
}

/** Of all layers: guacd draws the text of a terminal on one above the first. Their canvases may be larger than they are. */
function pictureOf(page: Page): Promise<Picture | undefined> {
  return page.evaluate(() => {
    const screen = document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.screen:not([hidden])')
    const layers = [...(screen?.querySelectorAll('canvas') ?? [])].filter(({ width }) => width > 0)
    const first = layers[0]?.parentElement
    if (!first) return undefined
    let sum = 0
    for (const layer of layers) {
      const { data } = layer.getContext('2d')?.getImageData(0, 0, layer.width, layer.height) ?? { data: [] }
      for (let i = 0; i < data.length; i += 4) {
        sum = (sum * 31 + (data[i] ?? 0) + 3 * (data[i + 1] ?? 0) + 7 * (data[i + 2] ?? 0) + (data[i + 3] ?? 0)) | 0
      }
    }
    return { width: Number.parseFloat(first.style.width), height: Number.parseFloat(first.style.height), sum }
  })
}

class DesktopPage extends LabPage {
  /** The course's page, and the address under which its element reaches the backend. */
  async open(course: string, url: string, terminal: string): Promise<void> {
    await this.page.goto(`${course}/`)
    await this.page.evaluate(
      ([backend = '', name = '']) => {
        const lab = document.querySelector('lab-terminal')
        for (const [key, value] of [
          ['backend', backend],
          ['terminal', name],
          ['lab', 'desktops'],
        ] as const) {
          lab?.setAttribute(key, value)
        }
      },
      [url, terminal],
    )
    await this.reaches('connected', 60)
  }

  /** Waits until nothing on the screen changes any more. */
  async rests(): Promise<Picture> {
    let last: Picture | undefined
    return until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        const now = await pictureOf(this.page)
        const same = now && last && now.sum === last.sum && now.width === last.width
        last = now
        return same && now
      },
      { seconds: 30, what: 'a picture at rest' },
    )
  }

  async changes(from: Picture, seconds = 20): Promise<Picture> {
    return until(
      async () => {
        const now = await pictureOf(this.page)
        return now && (now.sum !== from.sum || now.width !== from.width) && now
      },
      { seconds, what: 'another picture' },
    )
  }

  async click(): Promise<void> {
    const box = await this.page.locator('.screen:not([hidden]) .surface').boundingBox()
    if (!box) throw new Error('no surface')
    await this.page.mouse.click(box.x + box.width / 3, box.y + box.height / 3)
    // A window manager that has just begun takes its time to give the keyboard to what was clicked.
    await this.rests()
  }

  get copied(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText())
  }
}

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
    await lab.page.locator('#menu-button').click()
    const chosen = lab.page.waitForEvent('filechooser')
    await lab.page.getByRole('button', { name: 'Upload files…' }).click()
    await (await chosen).setFiles({ name, mimeType: 'application/octet-stream', buffer: content })
    const list = lab.page.getByRole('list', { name: 'Files' })
    await list.getByText(`${name} is in the lab`).waitFor({ timeout: 120_000 })
    const uploaded = performance.now()
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Download a file…' }).click()
    await lab.page.getByLabel('Its path in the lab').fill(`/home/guactest/${name}`)
    const download = lab.page.waitForEvent('download')
    await lab.page.getByRole('button', { name: 'Download', exact: true }).click()
    const saved = join(backend.folder, name)
    await (await download).saveAs(saved)
    assert.ok((await readFile(saved)).equals(content), 'the same bytes')
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
