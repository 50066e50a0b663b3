import { expect } from '@open-wc/testing'
import { emulateMedia, setViewport } from '@web/test-runner-commands'
import type { DisplayEvent } from '../../src/display/display.js'
import { problemOf } from '../../src/wire/problems.js'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

/** A window of 1280 pixels at 100, 200 and 400 % (WCAG 1.4.4, 1.4.10), and how high one of 1024 is then. */
const ZOOMS = [
  { zoom: '100 %', width: 1280, height: 1024 },
  { zoom: '200 %', width: 640, height: 512 },
  { zoom: '400 %', width: 320, height: 256 },
] as const

describe('the bars of a text terminal, zoomed', () => {
  let lab: TestLab
  const tell = async (...events: DisplayEvent[]): Promise<void> => {
    for (const event of events) lab.screen.tell(event)
    await lab.settled()
  }
  beforeEach(() => emulateMedia({ reducedMotion: 'reduce' }))
  afterEach(async () => {
    lab.remove()
    await emulateMedia({ reducedMotion: 'no-preference' })
    await setViewport({ width: 800, height: 600 })
  })

  /** Buttons and fields that stick out of the frame sideways, or out of the page. */
  const outside = (): string[] => {
    const frame = lab.find('.frame').getBoundingClientRect()
    return [...(lab.shadowRoot?.querySelectorAll<HTMLElement>('button, input, select, progress') ?? [])]
      .filter((control) => {
        const { left, right, width } = control.getBoundingClientRect()
        return width > 0 && !control.closest('.tabs') && (left < frame.left - 1 || right > frame.right + 1)
      })
      .map((control) => control.getAttribute('aria-label') ?? control.textContent?.trim() ?? control.tagName)
  }

  const SCENES: Record<string, () => Promise<void>> = {
    'a file on its way, one that failed, and a search': async () => {
      lab = await openLab(STATUS_SCENES.connected())
      await tell(
        { type: 'files', upload: true, download: true },
        { type: 'transfer', transfer: { id: 1, name: 'a-file-with-a-long-name.tar.gz', state: 'going', share: 0.4 } },
        {
          type: 'transfer',
          transfer: { id: 2, name: 'b', state: 'failed', share: 0, problem: problemOf('file/exists') },
        },
        { type: 'search' },
        { type: 'found', index: 12, count: 345 },
      )
    },
    'the menu': async () => {
      lab = await openLab(MORE_SCENES['several terminals']())
      lab.find('#menu-button').click()
      await lab.settled()
    },
    'a paste of many lines': async () => {
      lab = await openLab(STATUS_SCENES.connected())
      await tell({ type: 'paste', text: 'one\ntwo\n'.repeat(9), lines: 18, accept: () => undefined })
    },
    'the download of a file': async () => {
      lab = await openLab(MORE_SCENES.files())
      await tell(
        { type: 'files', upload: true, download: true },
        { type: 'download', path: `/home/${'me/'.repeat(30)}a` },
      )
      const { top, bottom } = lab.find('[role=dialog] input').getBoundingClientRect()
      expect(top, 'the field that has the focus is in sight').to.be.at.least(0)
      expect(bottom, 'the field that has the focus is in sight').to.be.at.most(window.innerHeight + 1)
    },
    'the shell ended': async () => {
      lab = await openLab(MORE_SCENES['shell ended']())
    },
    'the question whether somebody is there': async () => {
      lab = await openLab(MORE_SCENES['idle prompt']())
    },
  }

  for (const [name, open] of Object.entries(SCENES)) {
    it(name, async () => {
      for (const { zoom, width, height } of ZOOMS) {
        await setViewport({ width, height })
        await open()
        await lab.settled()
        const page = document.documentElement
        expect(page.scrollWidth, `${zoom}: the page is not wider than the window`).to.be.at.most(page.clientWidth)
        expect(outside(), zoom).to.deep.equal([])
        await expect(lab).to.be.accessible()
        lab.remove()
      }
    })
  }

  it('keys for touch are as large as a finger, at each zoom', async () => {
    for (const { zoom, width, height } of ZOOMS) {
      await setViewport({ width, height })
      lab = await openLab(STATUS_SCENES.connected())
      lab.find('#menu-button').click()
      await lab.settled()
      lab.button('Keys for touch screens').click()
      await lab.settled()
      const keys = [...lab.find('.touch-keys').querySelectorAll('button')]
      expect(keys.length).to.be.greaterThan(5)
      for (const key of keys) {
        expect(key.offsetHeight, `${zoom} ${key.textContent}`).to.be.at.least(44)
        expect(key.offsetWidth, `${zoom} ${key.textContent}`).to.be.at.least(24)
      }
      expect(outside(), zoom).to.deep.equal([])
      await expect(lab).to.be.accessible()
      lab.remove()
    }
  })

  it('a list of files on a narrow page lies below the screen, which makes room and takes it back', async () => {
    await setViewport({ width: 320, height: 600 })
    lab = await openLab(STATUS_SCENES.connected())
    const whole = lab.find('.dock').offsetHeight
    await tell({ type: 'transfer', transfer: { id: 1, name: 'a.txt', state: 'going', share: 0.4 } })
    const list = lab.find('.transfers').getBoundingClientRect()
    expect(lab.find('.dock').getBoundingClientRect().bottom).to.be.at.most(list.top + 1)
    await tell({ type: 'transfer', transfer: { id: 1, name: 'a.txt', state: 'done', share: 1 } })
    lab.button('Hide a.txt').click()
    await lab.settled()
    expect(lab.find('.dock').offsetHeight).to.equal(whole)
  })
})
