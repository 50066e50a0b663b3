import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Sshd, sshdMissing } from '../../backend/test/gateway/fixtures/sshd.js'
import type { LabPage } from './support/browser.js'
import { Course, LONG, terminalOn } from './support/course.js'
import { until } from './support/until.js'

describe('files whose path is in the terminal, in the page', { skip: sshdMissing }, () => {
  let sshd: Sshd
  let course: Course
  let lab: LabPage
  let saves = 0
  before(async () => {
    sshd = await Sshd.start()
    await writeFile(join(sshd.home, 'notes.txt'), 'by path\n')
    await writeFile(join(sshd.home, 'two words.txt'), 'by link\n')
    await writeFile(join(sshd.home, 'README'), 'by selection\n')
    course = await Course.start({ terminals: terminalOn(sshd.target, { files: 'from-lab' }) })
    lab = await course.open({ bypassCSP: true })
    // As the shells of most systems tell their folder.
    await lab.type(`PS1='$ ' PROMPT_COMMAND='printf "\\e]7;file://%s%s\\e\\\\" "$HOSTNAME" "$PWD"'; cd ${sshd.home}`)
  })
  after(async () => {
    await course?.stop()
    await sshd?.close()
  })

  const title = () => lab.page.locator('.lab-xterm').first().getAttribute('title')
  const dialog = () => lab.page.getByRole('dialog', { name: 'Download a file' })
  const field = () => dialog().getByLabel('Its path in the lab')

  /** On a screen of its own; the row is found by its words. */
  async function print(command: string, words: string): Promise<void> {
    await lab.type(`clear; ${command}`)
    await until(async () => (await lab.text).split('\n').some((line) => line.trim() === words), {
      seconds: LONG,
      what: `${words} printed`,
    })
  }

  /** The third character of the first row. Painted by WebGL it is in no element of its own. */
  async function first(): Promise<{ x: number; y: number }> {
    const box = await lab.page.locator('.xterm-screen').first().boundingBox()
    assert.ok(box)
    return { x: box.x + 20, y: box.y + 6 }
  }

  /** Points there; resolves when a link says what it leads to. */
  async function point(expected: RegExp): Promise<void> {
    const { x, y } = await first()
    await until(
      async () => {
        await lab.page.mouse.move(x + 40, y + 40)
        await lab.page.mouse.move(x, y)
        return expected.test((await title()) ?? '')
      },
      { seconds: LONG, what: `a link that is ${expected}`, every: 200 },
    )
  }

  async function ctrlClick(): Promise<void> {
    const { x, y } = await first()
    await lab.page.keyboard.down('Control')
    await lab.page.mouse.click(x, y)
    await lab.page.keyboard.up('Control')
  }

  async function saved(press: () => Promise<void>): Promise<string> {
    const event = lab.page.waitForEvent('download', { timeout: LONG * 1000 })
    await press()
    const file = join(course.backend.folder, `saved-${++saves}`)
    await (await event).saveAs(file)
    return readFile(file, 'utf8')
  }

  it('come by Ctrl with a click on a relative path, after a question that says the whole path', async () => {
    await print('echo notes.t""xt', 'notes.txt')
    await point(/\/home\/notes\.txt \(Ctrl \+ click\)$/)
    const { x, y } = await first()
    await lab.page.mouse.click(x, y)
    assert.equal(await dialog().count(), 0, 'a plain click asks nothing')
    await ctrlClick()
    await dialog().waitFor({ timeout: LONG * 1000 })
    assert.equal(await field().inputValue(), join(sshd.home, 'notes.txt'))
    assert.equal(await field().evaluate((input) => input.matches(':focus')), true)
    assert.equal(await lab.page.locator('.transfers').count(), 0, 'nothing has begun')
    assert.equal(await saved(() => lab.page.keyboard.press('Enter')), 'by path\n')
  })

  it('come after a reload too, where the shell was when it printed them', async () => {
    await print(`echo notes.t""xt; cd /`, 'notes.txt')
    await lab.page.reload()
    await lab.reaches('connected', LONG)
    await until(async () => (await lab.text).includes('notes.txt'), { seconds: LONG, what: 'the screen again' })
    await point(/\/home\/notes\.txt \(Ctrl \+ click\)$/)
    await ctrlClick()
    await dialog().waitFor({ timeout: LONG * 1000 })
    assert.equal(await field().inputValue(), join(sshd.home, 'notes.txt'))
    assert.equal(await saved(() => lab.page.keyboard.press('Enter')), 'by path\n')
    await lab.type(`cd ${sshd.home}`)
  })

  it('come by a link of OSC 8 to this host; one to another host is no link', async () => {
    const link = (host: string, words: string) =>
      `printf '\\e]8;;file://%s%s/two%%20words.txt\\e\\\\${words}\\e]8;;\\e\\\\\\n' ${host} "$PWD"`
    await print(link('"$HOSTNAME"', 'own link'), 'own link')
    await point(/two words\.txt \(Ctrl \+ click\)$/)
    await ctrlClick()
    await dialog().waitFor({ timeout: LONG * 1000 })
    assert.equal(await field().inputValue(), join(sshd.home, 'two words.txt'))
    await lab.page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached', timeout: LONG * 1000 })
    await print(link('elsewhere.example', 'far link'), 'far link')
    const { x, y } = await first()
    await lab.page.mouse.move(x + 40, y + 40)
    await ctrlClick()
    assert.equal(await title(), null)
    assert.equal(await dialog().count(), 0)
  })

  it('come by keyboard alone: found by the search, offered by the menu', async () => {
    await print('echo READ""ME', 'README')
    const { keyboard } = lab.page
    await keyboard.press('Control+Shift+F')
    await lab.page.locator('#search:focus').waitFor({ timeout: LONG * 1000 })
    await keyboard.type('README')
    await lab.page.getByText(/^\d+ of \d+$/).waitFor({ timeout: LONG * 1000 })
    await keyboard.press('Escape')
    await lab.page.locator('#search').waitFor({ state: 'detached', timeout: LONG * 1000 })
    await keyboard.press('Control+Shift+Backspace')
    await lab.page.locator('#terminal:focus').waitFor({ timeout: LONG * 1000 })
    await keyboard.press('Shift+Tab')
    await keyboard.press('Enter')
    const offered = lab.page.getByRole('button', { name: 'Download README…' })
    await offered.waitFor({ timeout: LONG * 1000 })
    const isFocused = () => offered.evaluate((button) => button.matches(':focus'))
    for (let stops = 0; stops < 20 && !(await isFocused()); stops++) await keyboard.press('Tab')
    await keyboard.press('Enter')
    await field().waitFor({ timeout: LONG * 1000 })
    assert.equal(await field().inputValue(), join(sshd.home, 'README'))
    assert.equal(await saved(() => keyboard.press('Enter')), 'by selection\n')
    assert.deepEqual(lab.errors, [])
  })
})
