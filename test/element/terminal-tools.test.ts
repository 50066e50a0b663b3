import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { STATUS_SCENES } from '../../stories/fakes/scenes.js'
import type { PlainDisplay } from './fakes/plain-display.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

describe('around the terminal', () => {
  let lab: TestLab

  const tell = async (...events: Parameters<PlainDisplay['tell']>[0][]) => {
    for (const event of events) lab.screen.tell(event)
    await lab.settled()
  }

  const press = async (label: string) => {
    lab.button(label).click()
    await lab.settled()
  }

  beforeEach(async () => {
    lab = await openLab(STATUS_SCENES.connected())
    lab.screen.field.focus()
    await lab.settled()
  })
  afterEach(() => lab.remove())

  it('a search takes the keyboard, finds up and down, says what it found, and gives the keyboard back', async () => {
    await tell({ type: 'search' })
    expect(lab.shadowRoot?.activeElement?.id).to.equal('search')
    await sendKeys({ type: 'oops' })
    await sendKeys({ press: 'Enter' })
    await sendKeys({ down: 'Shift' })
    await sendKeys({ press: 'Enter' })
    await sendKeys({ up: 'Shift' })
    expect(lab.screen.found.slice(-3)).to.deep.equal(['previous oops', 'previous oops', 'next oops'])
    await tell({ type: 'found', index: 2, count: 3 })
    expect(lab.find('.search output').textContent).to.equal('2 of 3')
    await tell({ type: 'found', index: 0, count: 0 })
    expect(lab.find('.search output').textContent).to.equal('No match')
    await expect(lab).to.be.accessible()
    await sendKeys({ press: 'Escape' })
    await lab.settled()
    expect(lab.has('.search')).to.equal(false)
    expect(lab.screen.found.at(-1)).to.equal('next ')
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
  })

  it('a search is opened from the menu as well', async () => {
    await press('Lab menu')
    await press('Search the terminal')
    expect(lab.shadowRoot?.activeElement?.id).to.equal('search')
  })

  it('a path is asked about before its file is fetched: a click on it, or what is selected, by the menu', async () => {
    const field = () => lab.find<HTMLInputElement>('[role=dialog] input')
    await tell({ type: 'download', path: '/etc/hosts' })
    expect(lab.has('[role=dialog]'), 'where no file may come down').to.equal(false)
    await tell({ type: 'files', upload: false, download: true }, { type: 'download', path: '/etc/hosts' })
    expect(field().value).to.equal('/etc/hosts')
    expect(lab.shadowRoot?.activeElement).to.equal(field())
    expect(lab.screen.sent).to.deep.equal([])
    await expect(lab).to.be.accessible()
    await press('Cancel')
    lab.screen.selectedPath = '/home/me/notes.txt'
    await press('Lab menu')
    await press('Download notes.txt…')
    expect(field().value).to.equal('/home/me/notes.txt')
    await sendKeys({ press: 'Enter' })
    await lab.settled()
    expect(lab.screen.sent).to.deep.equal(['download /home/me/notes.txt'])
    lab.screen.selectedPath = undefined
    await press('Lab menu')
    await press('Download a file…')
    expect(field().value, 'nothing is left of the one before').to.equal('')
  })

  it('a paste of many lines is shown before it is pasted', async () => {
    const text = Array.from({ length: 12 }, (_, line) => `line ${line}`).join('\n')
    let accepted = 0
    const ask = () => tell({ type: 'paste', text, lines: 12, accept: () => accepted++ })
    await ask()
    expect(lab.shown).to.include('Paste 12 lines?').and.to.include('line 7').and.not.to.include('line 8')
    expect(lab.shadowRoot?.activeElement).to.equal(lab.button('Do not paste'))
    await expect(lab).to.be.accessible()
    await press('Do not paste')
    expect(accepted).to.equal(0)
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
    await ask()
    await press('Paste')
    expect(accepted).to.equal(1)
    expect(lab.has('.veil')).to.equal(false)
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
  })

  it('a bell is seen for a moment, however often it rings', async () => {
    await tell({ type: 'bell' }, { type: 'bell' }, { type: 'bell' })
    expect(lab.has('.rung')).to.equal(true)
    lab.clock.advance(400)
    await lab.settled()
    expect(lab.has('.rung')).to.equal(false)
    expect(lab.clock.pending).to.equal(0)
  })

  it('text grows and shrinks by keys, and goes back to the page’s size', async () => {
    await tell({ type: 'text-size', change: 1 }, { type: 'text-size', change: 1 })
    expect(lab.screen.appearance.fontSize).to.equal(16)
    await tell({ type: 'text-size', change: -1 })
    expect(lab.screen.appearance.fontSize).to.equal(15)
    await tell({ type: 'text-size', change: 0 })
    expect(lab.screen.appearance.fontSize).to.equal(14)
  })

  it('the response time is in the menu, while there is one', async () => {
    await tell({ type: 'latency', ms: 23.4 })
    await press('Lab menu')
    expect(lab.find('.menu').textContent).to.include('23 ms')
  })

  it('colours are chosen in the menu, kept, and given back to the page', async () => {
    await press('Lab menu')
    const select = lab.find<HTMLSelectElement>('.choice select')
    const choose = async (name: string) => {
      select.value = name
      select.dispatchEvent(new Event('change'))
      await lab.settled()
    }
    await choose('gruvbox-light')
    expect(lab.screen.appearance.theme).to.equal('gruvbox-light')
    expect(lab.find('.frame').classList.contains('light')).to.equal(true)
    expect(JSON.parse(lab.storage?.get('lab-terminal') ?? '{}')).to.deep.include({ scheme: 'gruvbox-light' })
    await choose('')
    expect(lab.screen.appearance.theme).to.be.oneOf(['dark', 'light'])
    await expect(lab).to.be.accessible()
  })

  it('keys for touch press what they say, hold modifiers for what is typed, and leave the focus where it is', async () => {
    expect(lab.has('.touch-keys')).to.equal(false)
    await press('Lab menu')
    await press('Keys for touch screens')
    await press('Lab menu')
    expect(lab.has('.touch-keys input')).to.equal(false)
    lab.screen.field.focus()
    const isHeld = () => lab.button('Ctrl, for the next key').getAttribute('aria-pressed')
    for (const label of ['Esc', 'Ctrl, for the next key', 'Arrow up']) await press(label)
    expect(lab.screen.sent).to.deep.equal(['press Escape', 'press Control ArrowUp'])
    expect(isHeld()).to.equal('false')
    await press('Ctrl, for the next key')
    expect(isHeld()).to.equal('true')
    expect(lab.screen.held).to.deep.equal(['Control'])
    await tell({ type: 'released' })
    expect(isHeld()).to.equal('false')
    const down = new PointerEvent('pointerdown', { bubbles: true, cancelable: true })
    lab.button('Tab').dispatchEvent(down)
    expect(down.defaultPrevented).to.equal(true)
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
    await expect(lab).to.be.accessible()
  })

  it('keys for touch fit a narrow page in one row, and rest while a dialog asks', async () => {
    await press('Lab menu')
    await press('Keys for touch screens')
    await press('Lab menu')
    lab.style.width = '320px'
    const bar = lab.find('.touch-keys')
    expect(bar.scrollWidth).to.be.at.most(bar.clientWidth)
    expect(new Set([...bar.querySelectorAll('button')].map(({ offsetTop }) => offsetTop)).size).to.equal(1)
    expect(bar.inert).to.equal(false)
    await tell({ type: 'paste', text: 'a\nb', lines: 2, accept: () => undefined })
    expect(bar.inert).to.equal(true)
  })
})

describe('attributes of the terminal', () => {
  for (const [title, attributes, expected] of [
    ['none', {}, { scrollback: 5_000, clipboard: 'off' }],
    ['a scrollback', { scrollback: '100' }, { scrollback: 100, clipboard: 'off' }],
    ['too much of it', { scrollback: '1e9' }, { scrollback: 50_000, clipboard: 'off' }],
    ['nonsense', { scrollback: 'many', clipboard: 'read' }, { scrollback: 5_000, clipboard: 'off' }],
    ['the clipboard', { clipboard: 'write' }, { scrollback: 5_000, clipboard: 'write' }],
  ] as const) {
    it(title, async () => {
      const lab = await openLab(STATUS_SCENES.connected(), { ...attributes })
      expect(lab.screen.options).to.deep.include(expected)
      lab.remove()
    })
  }

  for (const [attribute, property, switchOf] of [
    ['screen-reader', 'screenReader', 'Screen reader mode'],
    ['local-echo', 'localEcho', 'Show typing at once'],
  ] as const) {
    it(`${attribute} is a beginning that the learner may change`, async () => {
      const lab = await openLab(STATUS_SCENES.connected(), { [attribute]: '' })
      expect(lab.screen.appearance[property]).to.equal(true)
      lab.button('Lab menu').click()
      await lab.settled()
      lab.button(switchOf).click()
      await lab.settled()
      expect(lab.screen.appearance[property]).to.equal(false)
      lab.remove()
    })
  }
})
