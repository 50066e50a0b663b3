import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { LabPage } from './support/browser.js'
import { Course, LONG } from './support/course.js'
import { until } from './support/until.js'

const TERMINALS = `
      - { name: shell, title: Shell, files: both }
      - { name: inner, title: Inner, via: shell, files: both }`

describe('files and jump hosts in a lab of this machine, in the page', () => {
  let course: Course
  let lab: LabPage
  let saves = 0
  before(async () => {
    course = await Course.start({ terminals: TERMINALS })
    lab = await course.open({ bypassCSP: true })
  })
  after(() => course?.stop())

  async function says(words: RegExp): Promise<void> {
    await lab.page
      .locator('.transfers')
      .getByText(words)
      .waitFor({ timeout: LONG * 1000 })
  }

  async function hide(): Promise<void> {
    await lab.page
      .getByRole('button', { name: /^Hide / })
      .first()
      .click()
    await lab.page.locator('.transfers').waitFor({ state: 'detached', timeout: LONG * 1000 })
  }

  async function saved(press: () => Promise<void>): Promise<Buffer> {
    const event = lab.page.waitForEvent('download', { timeout: LONG * 1000 })
    await press()
    const file = join(course.backend.folder, `saved-${++saves}`)
    await (await event).saveAs(file)
    return readFile(file)
  }

  it('a file goes up, is there, is replaced, and comes down by its name on the screen', async () => {
    await lab.upload('in.txt', Buffer.from('one\n'), LONG)
    await says(/in\.txt is in the lab/)
    await hide()
    await lab.type("clear; echo [$(cat in.txt)]; mkdir -p 'a b'; cd 'a b'; mv ../in.txt .")
    await lab.shows(/\[one\]/, LONG)
    await lab.type('cp in.txt ..; clear; echo in.t""xt')
    await until(async () => (await lab.text).split('\n').some((line) => line.trim() === 'in.txt'), {
      seconds: LONG,
      what: 'the name',
    })
    const box = await lab.page.locator('.xterm-screen').first().boundingBox()
    assert.ok(box)
    const title = () => lab.page.locator('.lab-xterm').first().getAttribute('title')
    const { x, y } = { x: box.x + 20, y: box.y + 6 }
    await until(
      async () => {
        await lab.page.mouse.move(x + 40, y + 40)
        await lab.page.mouse.move(x, y)
        return (await title())?.endsWith('/a b/in.txt (Ctrl + click)')
      },
      { seconds: LONG, what: 'the path of the file, by the folder that the shell tells', every: 200 },
    )
    await lab.page.keyboard.down('Control')
    await lab.page.mouse.click(x, y)
    await lab.page.keyboard.up('Control')
    await lab.page.getByRole('dialog', { name: 'Download a file' }).waitFor({ timeout: LONG * 1000 })
    assert.equal((await saved(() => lab.page.keyboard.press('Enter'))).toString(), 'one\n')
    await hide()
    await lab.upload('in.txt', Buffer.from('two\n'), LONG)
    await says(/There is a file of this name/)
    await lab.page.getByRole('button', { name: 'Replace in.txt' }).click()
    await says(/in\.txt is in the lab/)
    await hide()
    await lab.type('clear; echo [$(cat ../in.txt)]')
    await lab.shows(/\[two\]/, LONG)
  })

  it('what is outside of the home is refused in words', async () => {
    await lab.page.locator('#menu-button').click()
    await lab.page.getByRole('button', { name: 'Download a file…' }).click()
    await lab.page.getByLabel('Its path in the lab').fill('/etc/passwd')
    await lab.page.keyboard.press('Enter')
    await says(/The lab does not let you use this file/)
    await hide()
  })

  it('a terminal behind another one is reached, and takes files', async () => {
    await lab.page.getByRole('tab', { name: 'Inner', exact: true }).click()
    await lab.page.getByRole('tab', { name: 'Inner', exact: true, selected: true }).waitFor({ timeout: LONG * 1000 })
    await lab.reaches('connected', LONG)
    await until(async () => !(await lab.text).includes('[two]'), { seconds: LONG, what: 'the other terminal' })
    const bytes = randomBytes(500_000)
    await lab.upload('inner.bin', bytes, LONG)
    await says(/inner\.bin is in the lab/)
    await hide()
    await lab.type('clear; echo [$(wc -c < inner.bin)]')
    await lab.shows(/\[500000\]/, LONG)
    assert.deepEqual(lab.errors, [])
  })
})
