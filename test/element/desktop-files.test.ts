import { expect, waitUntil } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import type { FolderEntry } from '../../src/display/display.js'
import { MORE_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

const entry = (path: string, folder: boolean): FolderEntry => ({
  path,
  folder,
  name: path.slice(path.lastIndexOf('/') + 1),
})
const FOLDERS = {
  '/': [entry('/home', true), entry('/<b>notes.txt', false)],
  '/home': [entry('/home/me', true)],
  '/home/me': [],
}

describe('the files of a desktop, on the page', () => {
  let lab: TestLab
  beforeEach(async () => {
    lab = await openLab(MORE_SCENES.desktop())
    lab.screen.folders = FOLDERS
    lab.screen.tell({ type: 'files', upload: true, download: true })
    await lab.settled()
  })
  afterEach(() => lab.remove())

  const shown = (): string[] =>
    [...(lab.shadowRoot?.querySelectorAll('.folder button') ?? [])].map((button) => button.textContent?.trim() ?? '')
  const ask = async (): Promise<void> => {
    lab.find('#menu-button').click()
    await lab.settled()
    lab.button('Download a file…').click()
    await waitUntil(() => lab.has('[role=dialog]'), 'the dialog', { timeout: 9_000 })
  }
  const shows = (what: string) =>
    waitUntil(
      () => lab.has('.folder') && shown().join() === what,
      `${what}, not ${lab.shadowRoot?.querySelector('[role=dialog]')?.innerHTML}`,
      { timeout: 9_000 },
    )

  it('are chosen from the folders of the lab, by keyboard alone', async () => {
    await ask()
    await shows('home/,<b>notes.txt')
    await expect(lab).to.be.accessible()
    lab.button('Open the folder home').focus()
    await sendKeys({ press: 'Enter' })
    await shows('↑ Up one folder,me/')
    expect(lab.shadowRoot?.activeElement?.textContent).to.include('Up one folder')
    await sendKeys({ press: 'Tab' })
    await sendKeys({ press: 'Enter' })
    await shows('↑ Up one folder')
    expect(lab.find('[role=dialog]').innerText).to.include('This folder is empty.')
    await sendKeys({ press: 'Enter' })
    await shows('↑ Up one folder,me/')
    await sendKeys({ press: 'Enter' })
    await shows('home/,<b>notes.txt')
    lab.button('Download <b>notes.txt').click()
    await lab.settled()
    expect(lab.screen.sent.at(-1)).to.equal('download /<b>notes.txt')
    expect(lab.has('[role=dialog]')).to.equal(false)
  })

  it('are shown from where the learner was last; a folder that is not to be seen leaves the path to type', async () => {
    await ask()
    await shows('home/,<b>notes.txt')
    lab.button('Open the folder home').click()
    await shows('↑ Up one folder,me/')
    await sendKeys({ press: 'Escape' })
    await lab.settled()
    lab.screen.folders = {}
    await ask()
    await waitUntil(
      () => lab.find('[role=dialog]').innerText.includes('This folder cannot be shown'),
      'that it cannot be shown',
      { timeout: 9_000 },
    )
    const path = lab.find<HTMLInputElement>('[role=dialog] input')
    path.value = '/home/me/b.txt'
    path.form?.requestSubmit()
    await lab.settled()
    expect(lab.screen.sent.at(-1)).to.equal('download /home/me/b.txt')
  })

  it('that were printed are opened and saved when the learner says so', async () => {
    const printing = { id: 3, name: 'report.pdf', share: 0, state: 'printing' } as const
    lab.screen.tell({ type: 'transfer', transfer: printing })
    await lab.settled()
    expect(lab.find('.transfers').innerText).to.include('The lab prints report.pdf …')
    expect(lab.find<HTMLProgressElement>('.transfers progress').position).to.equal(-1)
    const document = new Blob(['%PDF-1.7'], { type: 'application/pdf' })
    lab.screen.tell({ type: 'transfer', transfer: { ...printing, state: 'printed', share: 1, document } })
    await lab.settled()
    expect(lab.find('.transfers').innerText).to.include('A document was printed: report.pdf')
    await expect(lab).to.be.accessible()
    const opened: string[] = []
    const { open } = window
    window.open = (url) => {
      opened.push(String(url))
      return null
    }
    const saved: string[] = []
    const note = (event: Event) => {
      const [link] = event.composedPath()
      if (!(link instanceof HTMLAnchorElement)) return
      event.preventDefault()
      saved.push(link.download)
    }
    const { click } = HTMLAnchorElement.prototype
    HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
      this.addEventListener('click', note)
      click.call(this)
    }
    lab.button('Save report.pdf').click()
    expect(saved).to.deep.equal(['report.pdf'])
    // Where no window opens it is saved.
    lab.button('Open report.pdf').click()
    window.open = open
    HTMLAnchorElement.prototype.click = click
    expect(opened[0]).to.match(/^blob:/)
    expect(saved).to.deep.equal(['report.pdf', 'report.pdf'])
    lab.button('Hide report.pdf').click()
    await lab.settled()
    expect(lab.has('.transfers')).to.equal(false)
  })
})
