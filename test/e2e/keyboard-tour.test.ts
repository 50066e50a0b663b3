import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { faultsIn } from './support/axe.js'
import type { LabPage } from './support/browser.js'
import { Course, LONG } from './support/course.js'
import { until } from './support/until.js'

/** What the keyboard is on, as a screen reader names it, and all that live regions say. */
function reading(): { focus: string; said: string } {
  const root = document.querySelector('lab-terminal')?.shadowRoot
  const active = root?.activeElement ?? document.activeElement
  const label = active?.getAttribute('aria-label')?.trim()
  const field = active instanceof HTMLInputElement ? active.labels?.[0]?.textContent?.trim() : undefined
  const text = active?.textContent?.replace(/\s+/g, ' ').trim()
  const inTerminal = active instanceof HTMLTextAreaElement ? 'in the terminal' : undefined
  const inFrame = active?.id === 'terminal' ? 'the frame' : undefined
  const live = [...(root?.querySelectorAll('[role=status], [role=alert]') ?? [])]
  return {
    focus: inTerminal ?? inFrame ?? label ?? field ?? text ?? '',
    said: live.map((each) => each.textContent?.replace(/\s+/g, ' ').trim()).join(' | '),
  }
}

describe('a tour of the terminal by keys alone', () => {
  let course: Course
  let lab: LabPage
  before(async () => {
    course = await Course.start({ terminals: '[{ name: shell, title: Shell, shells: 2, files: both }]' })
    lab = await course.open({ bypassCSP: true, permissions: ['clipboard-read', 'clipboard-write'] })
    await lab.type("clear; echo the fir''st")
    await lab.shows(/the first/, LONG)
    // The tour begins before the lab.
    await lab.page.evaluate(() => document.querySelector('a')?.focus())
  })
  after(() => course?.stop())

  const press = (key: string) => lab.page.keyboard.press(key)
  const now = () => lab.page.evaluate(reading)

  async function reads(focus: string): Promise<void> {
    await until(async () => (await now()).focus === focus, { seconds: LONG, what: `focus: ${focus}` }).catch(
      async (error: unknown) => assert.fail(`${error}; it is on ${JSON.stringify(await now())}`),
    )
  }

  async function hears(words: RegExp): Promise<void> {
    await until(async () => words.test((await now()).said), { seconds: LONG, what: `said: ${words}` }).catch(
      async (error: unknown) => assert.fail(`${error}; it is ${JSON.stringify(await now())}`),
    )
  }

  /** Key by key until the focus is there. */
  async function walk(key: string, focus: string): Promise<void> {
    for (let steps = 0; steps < 40; steps++) {
      if ((await now()).focus === focus) return
      await press(key)
    }
    await reads(focus)
  }

  async function hasNoFault(where: string): Promise<void> {
    assert.deepEqual(await faultsIn(lab.frame), [], where)
  }

  async function fromMenu(entry: string): Promise<void> {
    await walk('Shift+Tab', 'Lab menu')
    await press('Enter')
    await reads('Pause now')
    await walk('Tab', entry)
    await press('Enter')
  }

  it('the tabs: arrows walk, Enter chooses, and it is said which shell it is', async () => {
    await walk('Tab', 'Shell')
    await hasNoFault('connected')
    await press('ArrowRight')
    await reads('Shell 2')
    await press('Enter')
    await lab.page.getByRole('tab', { name: 'Shell 2', exact: true, selected: true }).waitFor({ timeout: LONG * 1000 })
    // What is typed before it is there would be lost.
    await until(async () => !(await lab.text).includes('the first') && /[$#]\s*$/.test(await lab.text), {
      seconds: LONG,
      what: 'the prompt of the other shell',
    })
    await lab.reaches('connected', LONG)
    await press('Tab')
    await reads('Lab menu')
    await press('Tab')
    await reads('the frame')
    const frame = lab.page.locator('#terminal')
    assert.equal(await frame.getAttribute('aria-label'), 'Terminal: Shell 2. Press Enter to type in it.')
  })

  it('into the terminal, out by the chord that is said, and on', async () => {
    await press('Enter')
    await reads('in the terminal')
    await hears(/You are in the terminal\. Ctrl\+Shift\+Backspace leaves it\./)
    await lab.page.keyboard.type("bind 'set enable-bracketed-paste off'; clear; echo one > notes.txt; echo nee''dle\n")
    await lab.shows(/needle/, LONG)
    await press('Tab')
    await reads('in the terminal')
    await press('Control+Shift+Backspace')
    await reads('the frame')
    await hasNoFault('out of the terminal')
  })

  it('the menu opens on its first entry, Escape leads back to its button', async () => {
    await walk('Shift+Tab', 'Lab menu')
    await press('Enter')
    await reads('Pause now')
    await hasNoFault('the menu')
    await press('Escape')
    await reads('Lab menu')
  })

  it('the search has the keyboard, says what it found, and gives it back to the terminal', async () => {
    await fromMenu('Search the terminal')
    await reads('Search for')
    await lab.page.keyboard.type('needle')
    await hears(/1 of 1/)
    await hasNoFault('the search')
    await press('Escape')
    await reads('in the terminal')
    await press('Control+Shift+Backspace')
    await reads('the frame')
  })

  it('the download asks for a path in its field, and says that the browser saves it', async () => {
    await fromMenu('Download needle…')
    await reads('Its path in the lab')
    await hasNoFault('the download')
    await press('Control+a')
    await lab.page.keyboard.type('~/notes.txt')
    const saved = lab.page.waitForEvent('download', { timeout: LONG * 1000 })
    await press('Enter')
    await saved
    await hears(/notes\.txt: your browser saves it/)
    await reads('Lab menu')
    await hasNoFault('the list of files')
    await walk('Tab', 'Hide notes.txt')
    await press('Enter')
    await lab.page.locator('.transfers').waitFor({ state: 'detached', timeout: LONG * 1000 })
  })

  it('an upload is asked about where the file is there, and goes on by Enter', async () => {
    const chooser = lab.page.waitForEvent('filechooser', { timeout: LONG * 1000 })
    await fromMenu('Upload files…')
    await (await chooser).setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('two\n') })
    await hears(/notes\.txt: There is a file of this name/)
    await hasNoFault('the question')
    await walk('Tab', 'Replace notes.txt')
    await press('Enter')
    await hears(/notes\.txt is in the lab/)
    await walk('Tab', 'the frame')
    await press('Enter')
    await reads('in the terminal')
    await lab.page.keyboard.type('clear; echo [$(cat notes.txt)]\n')
    await lab.shows(/\[two\]/, LONG)
  })

  it('a paste of two lines is asked about on its harmless answer, and goes back into the terminal', async () => {
    await lab.page.evaluate(() => navigator.clipboard.writeText('echo first\necho second\n'))
    await press('Control+Shift+V')
    await reads('Do not paste')
    await hasNoFault('the question')
    await press('Tab')
    await reads('Paste')
    await press('Enter')
    await lab.shows(/^second$/m, LONG)
    await reads('in the terminal')
    await press('Control+Shift+Backspace')
    await reads('the frame')
  })

  it('out of the lab and back to its first stop', async () => {
    await walk('Shift+Tab', 'Shell 2')
    await press('Shift+Tab')
    const isOutside = () => lab.page.evaluate(() => document.activeElement?.localName !== 'lab-terminal')
    await until(isOutside, { seconds: LONG, what: 'the focus before the lab' })
    await press('Tab')
    await reads('Shell 2')
    assert.deepEqual(lab.errors, [])
  })
})
