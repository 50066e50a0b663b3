/** What is copied on a desktop in Chromium, by the real guacd, VNC server and xrdp (`npm run real:up`). */
import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { TestBackend } from '../e2e/support/backend.js'
import { launchBrowser } from '../e2e/support/browser.js'
import { until } from '../e2e/support/until.js'
import { DesktopPage } from './support/desktop-page.js'

const desktops = `
  desktops:
    title: Desktops
    clouds: [{ name: here }]
    terminals:
      - { name: vnc, protocol: vnc, host: 127.0.0.1, port: 5901, password: vncpass1, clipboard: both }
      - { name: rdp, protocol: rdp, host: 127.0.0.1, port: 3389, user: guactest, password: 'Throw4way!', clipboard: both, parameters: { security: any, ignore-cert: true } }
guacd: ["${process.env['GUACD'] ?? '127.0.0.1:4822'}"]`

describe('a desktop by guacd, in Chromium', () => {
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let lab: DesktopPage
  before(async () => {
    backend = await TestBackend.start({ more: desktops })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
  })
  beforeEach(async () => {
    const context = await browser.newContext({ bypassCSP: true, permissions: ['clipboard-read', 'clipboard-write'] })
    lab = new DesktopPage(await context.newPage())
  })
  afterEach(() => lab.page.context().close())

  for (const [terminal, words] of [
    // VNC's own clipboard has Latin-1 and no more, unless both sides have an extension that this guacd has not.
    ['vnc', 'Zürich'],
    // By RDP this guacd and xrdp lose what is beyond 16 bits: emoji.
    ['rdp', 'Zürich 日本語'],
  ] as const) {
    it(`${terminal}: copies both ways: ${words}`, async () => {
      const file = `/home/guactest/copied-${Date.now()}`
      await lab.open(backend.url, backend.url, terminal)
      await lab.rests()
      await lab.click()
      // Its selection is the clipboard; what comes is kept, and shown at the top.
      const shown = `cat > ${file}; clear; cat ${file}; read end`
      const before = await lab.rests()
      await lab.page.keyboard.type(
        `LC_ALL=C.UTF-8 timeout 120 xterm -fullscreen -xrm 'XTerm*selectToClipboard: true' -e sh -c '${shown}'\n`,
      )
      await lab.changes(before)
      await lab.rests()
      await lab.page.evaluate((text) => navigator.clipboard.writeText(text), words)
      await lab.page.keyboard.press('Shift+Insert')
      await lab.rests()
      await lab.page.keyboard.press('Enter')
      await lab.page.keyboard.press('Control+d')
      const pasted = await until(() => readFile(file, 'utf8').catch(() => ''), { what: 'what was pasted' })
      assert.equal(pasted.trimEnd(), words)

      await lab.rests()
      await lab.page.evaluate(() => navigator.clipboard.writeText('nothing yet'))
      const copied = await until(() => selected(lab), { what: 'what was selected on the clipboard', every: 500 })
      assert.ok(copied.startsWith(words), JSON.stringify(copied))
      await lab.page.keyboard.press('Enter')
      await rm(file)
    })
  }
})

/** Pulls over the first line of the screen; answers what is copied, once something is. */
async function selected(lab: DesktopPage): Promise<string | undefined> {
  const surface = await lab.page.locator('.screen:not([hidden]) .surface').boundingBox()
  if (!surface) throw new Error('no surface')
  await lab.page.mouse.move(surface.x + 1, surface.y + 6)
  await lab.page.mouse.down()
  await lab.page.mouse.move(surface.x + surface.width / 2, surface.y + 6, { steps: 5 })
  await lab.page.mouse.up()
  const copied = await lab.copied
  return copied === 'nothing yet' ? undefined : copied
}
