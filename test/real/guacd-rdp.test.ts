/** A desktop by RDP, and files of desktops, in Chromium, by the real guacd, xrdp and VNC server (`npm run real:up`). */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { TestBackend } from '../e2e/support/backend.js'
import { launchBrowser } from '../e2e/support/browser.js'
import { CuttingProxy } from '../e2e/support/cutting-proxy.js'
import { until } from '../e2e/support/until.js'
import { DesktopPage, pictureOf } from './support/desktop-page.js'

const HOME = '/home/guactest'
/** What shells write; taken away at the end, for what was typed twice may be read late. */
const SHELL = `shell-${process.pid}-`
/** guacd's drives, where this machine has them. */
const DRIVES = join(process.env['GUACD_ROOT'] ?? '/var/cache/guacd-testbed', 'tmp')
const RDP_PORT = 3389
/** Longer than a cut or a reload takes. */
const HOLD = '8s'
const rdp = `protocol: rdp, host: 127.0.0.1, port: ${RDP_PORT}, hold: ${HOLD}, user: guactest, password: 'Throw4way!'`
const sftp = `enable-sftp: true, sftp-hostname: 127.0.0.1, sftp-port: 2222, sftp-username: guactest, sftp-password: 'Throw4way!'`
const desktops = `
  desktops:
    title: Desktops
    clouds: [{ name: here }]
    terminals:
      - { name: rdp, ${rdp}, files: both, parameters: { security: any, ignore-cert: true } }
      - { name: again, ${rdp}, parameters: { security: any, ignore-cert: true, resize-method: reconnect } }
      - { name: vnc, protocol: vnc, host: 127.0.0.1, port: 5901, password: vncpass1, files: both, parameters: { ${sftp} } }
guacd: ["${process.env['GUACD'] ?? '127.0.0.1:4822'}"]`

/** TCP connections on this machine to a port of loopback (proc(5), /proc/net/tcp: the second address, and 01 = established). */
async function connectionsTo(port: number): Promise<number> {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/))
  return rows.filter(([, , to, state]) => to === remote && state === '01').length
}

describe('a desktop by RDP, in Chromium', () => {
  let proxy: CuttingProxy
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let lab: DesktopPage
  let drives: Set<string>
  before(async () => {
    drives = new Set(await readdir(DRIVES).catch(() => []))
    proxy = await CuttingProxy.start()
    backend = await TestBackend.start({ more: desktops, publicUrl: () => proxy.url })
    proxy.target = backend.port
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    await proxy?.stop()
    for (const name of await readdir(HOME)) if (name.startsWith(SHELL)) await rm(join(HOME, name))
    for (const name of await readdir(DRIVES).catch(() => [])) {
      if (name.startsWith('lab-terminal-') && !drives.has(name)) await rm(join(DRIVES, name), { recursive: true })
    }
  })
  beforeEach(async () => {
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1000, height: 720 } })
    lab = new DesktopPage(await context.newPage())
  })
  // xrdp has one desktop for all of them: where the connection of the test before is still held, keys get lost between both.
  afterEach(async () => {
    await lab.page.context().close()
    await until(async () => (await connectionsTo(RDP_PORT)) === 0, { what: 'a desktop that nobody is connected to' })
  })

  it('20 MB go up to its drive and come down from the list of its files; what is dropped is there as well', async (t) => {
    await lab.open(backend.url, proxy.url, 'rdp')
    await lab.rests()
    const content = randomBytes(20 * 1024 * 1024)
    const begun = performance.now()
    await lab.uploadWhole('Zürich 🚀.bin', content)
    const up = performance.now()
    await lab.page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['dropped'], 'dropped.txt'))
      const dock = document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.dock')
      dock?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })
    await lab.files.getByText('dropped.txt is in the lab').waitFor({ timeout: 60_000 })
    const asked = performance.now()
    const { bytes: whole } = await lab.saved(async () => {
      await lab.page.locator('#menu-button').click()
      await lab.page.getByRole('button', { name: 'Download a file…' }).click()
      await lab.page.getByRole('button', { name: 'Download dropped.txt' }).waitFor({ timeout: 60_000 })
      await lab.page.getByRole('button', { name: 'Download Zürich 🚀.bin' }).click()
    })
    assert.ok(whole.equals(content), 'the same bytes')
    t.diagnostic(`up ${Math.round(up - begun)} ms, down ${Math.round(performance.now() - asked)} ms`)
    assert.deepEqual(lab.errors, [])
  })

  // By the display-update channel; and by a new connection from guacd, for servers that have no such channel.
  for (const terminal of process.env['LAB_FULL'] ? ['rdp', 'again'] : ['rdp']) {
    it(`${terminal}: follows the size of the element, cuts and reloads, and stays the same desktop`, async () => {
      await lab.open(backend.url, proxy.url, terminal)
      await lab.rests()
      const shell = await shellOf()
      const before = (await room())?.width
      await lab.page.setViewportSize({ width: 840, height: 640 })
      await until(async () => (await room())?.width !== before, { what: 'another layout of the page' })
      await fits()
      assert.equal(await shellOf(), shell)
      proxy.cutNow()
      await until(async () => (await lab.status) !== 'connected', { what: 'the end of the link' }).catch(
        () => undefined,
      )
      await lab.reaches('connected', 60)
      assert.equal(await shellOf(), shell)
      await lab.open(backend.url, proxy.url, terminal)
      await fits()
      assert.equal(await shellOf(), shell)
    })
  }

  it('vnc: a file of its SFTP is found and fetched by keyboard alone', async () => {
    await lab.open(backend.url, proxy.url, 'vnc')
    await lab.rests()
    const name = `lab-terminal-${Date.now()}.txt`
    await lab.uploadWhole(name, Buffer.from('by keyboard'))
    await lab.page.locator('#terminal').focus()
    const { bytes: content } = await lab.saved(async () => {
      const { keyboard } = lab.page
      await lab.tabTo('Lab menu')
      await keyboard.press('Enter')
      await lab.tabTo('Download a file…')
      await keyboard.press('Enter')
      for (const folder of ['home', 'guactest']) {
        await lab.page.getByRole('button', { name: `Open the folder ${folder}`, exact: true }).waitFor()
        await lab.tabTo(`Open the folder ${folder}`)
        await keyboard.press('Enter')
      }
      await lab.page.getByRole('button', { name: `Download ${name}` }).waitFor()
      await lab.tabTo(`Download ${name}`)
      await keyboard.press('Enter')
    })
    assert.equal(content.toString(), 'by keyboard')
    await rm(join(HOME, name))
    // And to another terminal, by its tab.
    await lab.page.locator('#menu-button').focus()
    await lab.page.keyboard.press('Shift+Tab')
    await lab.page.keyboard.press('Home')
    await lab.page.keyboard.press('Enter')
    await lab.page.getByRole('tab', { name: 'rdp', exact: true, selected: true }).waitFor()
    await lab.reaches('connected', 60)
    await lab.rests()
    assert.deepEqual(lab.errors, [])
  })

  it('what the desktop puts into the Download folder of its drive comes to the person by itself', async () => {
    await lab.open(backend.url, proxy.url, 'rdp')
    await lab.rests()
    await shellOf()
    const [name, drive] = [`result-${Date.now()}.txt`, 'thinclient_drives/GUACFS']
    // guacd makes the folder when somebody looks into the drive.
    const line = `\ncd; ls ${drive}; seq 1 20000 > ${SHELL}${name}; cp ${SHELL}${name} ${drive}/Download/${name}\n`
    const found = await lab.saved(async () => {
      await lab.click()
      await lab.page.keyboard.type(line)
    })
    assert.equal(found.name, name)
    assert.equal(found.bytes.toString(), `${Array.from({ length: 20_000 }, (_, index) => index + 1).join('\n')}\n`)
    assert.deepEqual(lab.errors, [])
  })

  const written = async (file: string) => (await readFile(file, 'utf8').catch(() => '')) || undefined

  /** The process of the shell in the window of the desktop: another one is another desktop. */
  async function shellOf(): Promise<string> {
    const file = join(HOME, `${SHELL}${Date.now()}`)
    const found = await until(
      async () => {
        // A desktop that has just changed its size may lose a key.
        await lab.click()
        await lab.page.keyboard.type(`\nclear; echo $$ > ${file}; clear\n`)
        await lab.rests()
        return await written(file)
      },
      { what: 'the shell in its window', every: 500 },
    )
    return found.trim()
  }

  const room = () => lab.page.locator('.screen:not([hidden]) .lab-guacamole').boundingBox()

  /** The desktop has the size of the element. */
  async function fits(): Promise<void> {
    await until(
      async () => {
        const [box, now] = [await room(), await pictureOf(lab.page)]
        return box && now && Math.abs(now.width - box.width) < 4 && Math.abs(now.height - box.height) < 4
      },
      { what: 'a desktop of the size of the element' },
    )
    await lab.rests()
  }
})
