import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Sshd, sshdMissing } from '../../backend/test/gateway/fixtures/sshd.js'
import type { LabPage } from './support/browser.js'
import { Course, terminalOn } from './support/course.js'
import type { CuttingProxy } from './support/cutting-proxy.js'
import { until } from './support/until.js'

/** Enough to be cut in the middle of. */
const BYTES = randomBytes(6_000_000)
const MIDDLE = 2_500_000

function sum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('files of a text terminal, in the page', { skip: sshdMissing }, () => {
  let sshd: Sshd
  let course: Course
  let proxy: CuttingProxy
  let lab: LabPage
  let asks = 0
  before(async () => {
    sshd = await Sshd.start()
    const terminals = terminalOn(sshd.target, { files: 'both', largestFile: '8MB' })
    course = await Course.start({ terminals, cuts: true })
    proxy = course.proxy
    lab = await course.open({ bypassCSP: true })
    await lab.type(`cd ${sshd.home}`)
  })
  after(async () => {
    await course?.stop()
    await sshd?.close()
  })

  async function download(path: string): Promise<Buffer> {
    const saved = lab.page.waitForEvent('download', { timeout: 120_000 })
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Download a file…' }).click()
    await lab.page.getByLabel('Its path in the lab').fill(path)
    await lab.page.keyboard.press('Enter')
    const file = join(course.backend.folder, 'saved')
    await (await saved).saveAs(file)
    return readFile(file)
  }

  async function tells(pattern: RegExp): Promise<string> {
    const list = lab.page.locator('.transfers')
    return until(
      async () => {
        const text = (await list.isVisible()) ? await list.innerText() : ''
        return pattern.test(text) && text
      },
      { seconds: 120, what: `${pattern} in the list of files` },
    )
  }

  async function hide(name: string): Promise<void> {
    await lab.page
      .getByRole('button', { name: `Hide ${name}`, exact: false })
      .first()
      .click()
  }

  /** What the shell has, not what the page says. */
  async function sumInShell(name: string): Promise<string> {
    await lab.reaches('connected', 60)
    const asked = ++asks
    await lab.type(`echo ${asked}-$(sha256sum < ${name} | cut -c1-64)-e`)
    const [, found = ''] = await lab.shows(new RegExp(`\\b${asked}-([0-9a-f]{64})-e`), 60)
    return found
  }

  it('go up by the menu into the home, and come down the same', async () => {
    const bytes = randomBytes(100_000)
    await lab.upload('ä & b.bin', bytes)
    await tells(/\/ä & b\.bin is in the lab/)
    await hide('~/')
    assert.equal(await sumInShell("'ä & b.bin'"), sum(bytes))
    assert.equal(sum(await download('ä & b.bin')), sum(bytes))
    await hide('ä & b.bin')
  })

  it('go up when they are dropped on the terminal', async () => {
    await lab.page.locator('#terminal').evaluate((dock) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['dropped\n'], 'drop.txt'))
      dock.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })
    await tells(/drop\.txt is in the lab/)
    await hide('~/')
    assert.equal(await sumInShell('drop.txt'), sum(Buffer.from('dropped\n')))
  })

  it('replace a file only when the person says so', async () => {
    await lab.upload('drop.txt', Buffer.from('new\n'))
    await tells(/There is a file of this name/)
    assert.equal(await sumInShell('drop.txt'), sum(Buffer.from('dropped\n')))
    await lab.page.getByRole('button', { name: 'Replace drop.txt' }).click()
    await tells(/drop\.txt is in the lab/)
    await hide('~/')
    assert.equal(await sumInShell('drop.txt'), sum(Buffer.from('new\n')))
  })

  it('go on where they were when the connection is cut in the middle', async () => {
    proxy.once = { way: 'up', bytes: MIDDLE, fault: 'cut' }
    await lab.upload('cut.bin', BYTES)
    await tells(/cut\.bin is in the lab/)
    await hide('~/')
    assert.equal(proxy.once, undefined, 'it was cut')
    assert.equal(await sumInShell('cut.bin'), sum(BYTES))
    proxy.once = { way: 'down', bytes: MIDDLE, fault: 'cut' }
    assert.equal(sum(await download('~/cut.bin')), sum(BYTES))
    assert.equal(proxy.once, undefined, 'it was cut')
    await hide('cut.bin')
  })

  it('leave nothing behind when they are cancelled', async () => {
    await lab.reaches('connected', 60)
    proxy.once = { way: 'up', bytes: MIDDLE, fault: 'stall' }
    await lab.upload('stopped.bin', BYTES)
    await until(() => proxy.once === undefined, { what: 'the upload to be in its middle' })
    await lab.page.getByRole('button', { name: 'Cancel stopped.bin' }).click()
    await until(async () => !(await lab.page.locator('.transfers').isVisible()), { what: 'no transfer' })
    await until(
      async () => {
        const asked = ++asks
        await lab.type(`echo ${asked}-$(ls -A | grep -c stopped)-e`)
        return (await lab.shows(new RegExp(`\\b${asked}-(\\d+)-e`), 60))[1] === '0'
      },
      { what: 'nothing left of it', every: 500 },
    )
  })

  it('say what is wrong: too large, or not there', async () => {
    await lab.upload('large.bin', Buffer.alloc(8_100_000))
    await tells(/The file is too large/)
    await hide('large.bin')
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Download a file…' }).click()
    await lab.page.getByLabel('Its path in the lab').fill('/none')
    await lab.page.keyboard.press('Enter')
    await tells(/There is no such file/)
    await hide('none')
    assert.deepEqual(lab.errors, [])
  })

  it('are not offered where the configuration lets none through', async () => {
    await lab.page.evaluate(() => document.querySelector('lab-terminal')?.setAttribute('lab', 'log-detective'))
    await lab.reaches('connected', 60)
    await until(async () => (await lab.page.locator('lab-terminal').getAttribute('lab')) === 'log-detective', {
      what: 'the other lab',
    })
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Keyboard help' }).waitFor({ timeout: 60_000 })
    assert.equal(await lab.page.getByRole('button', { name: 'Upload files…' }).count(), 0)
    assert.equal(await lab.page.getByRole('button', { name: 'Download a file…' }).count(), 0)
  })
})
