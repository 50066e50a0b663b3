import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import type { DisplayEvent } from '../../src/display/display.js'
import { LabTerminal } from '../../src/element/lab-terminal.js'
import { openLabWindow } from '../../src/element/lab-window.js'
import { ownScript } from '../../src/element/own-script.js'
import { problemOf } from '../../src/wire/problems.js'
import { MORE_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

describe('the element around a desktop', () => {
  let lab: TestLab
  beforeEach(async () => {
    lab = await openLab(MORE_SCENES['desktop and terminals']())
  })
  afterEach(() => lab.remove())

  const tell = async (event: DisplayEvent): Promise<void> => {
    lab.screen.tell(event)
    await lab.settled()
  }
  const menu = async (): Promise<void> => {
    lab.find('#menu-button').click()
    await lab.settled()
  }

  it('says that the connection is slow, and that it is not any more', async () => {
    await tell({ type: 'quality', late: true })
    expect(lab.find('.status').innerText).to.equal('Slow connection')
    await tell({ type: 'quality', late: false })
    expect(lab.find('.status').innerText).to.equal('Connected')
  })

  it('says that the session is recorded, to the eye and to a screen reader', async () => {
    expect(lab.has('.recorded')).to.equal(false)
    await tell({ type: 'recorded' })
    expect(lab.find('.recorded').innerText).to.include('Recorded')
    expect(lab.spoken).to.include('This session is recorded.')
  })

  it('keeps the screen as large as it was when the terminal is entered, however full the toolbar is', async () => {
    // A browser that tests several pages at once gives the focus to one of them only.
    const focus = async (event: 'focusin' | 'focusout'): Promise<void> => {
      lab.find('.room').dispatchEvent(new FocusEvent(event, { bubbles: true }))
      await lab.settled()
    }
    for (const width of ['300px', '420px', '560px', '700px']) {
      lab.style.width = width
      await focus('focusout')
      const before = lab.find('.stage').offsetHeight
      expect(lab.has('.keys'), width).to.equal(false)
      await focus('focusin')
      expect(lab.has('.keys'), width).to.equal(true)
      expect(lab.find('.stage').offsetHeight, width).to.equal(before)
    }
  })

  it('tells the display what the lab speaks', () => {
    expect(lab.screen.options.protocol).to.equal('vnc')
    expect(lab.screen.kind).to.equal('guacamole')
  })

  it('has keys for a touch screen: modifiers are held for the next key or character', async () => {
    await menu()
    lab.button('Keys for touch screens').click()
    await lab.settled()
    lab.button('Ctrl, for the next key').click()
    await lab.settled()
    expect(lab.button('Ctrl, for the next key').getAttribute('aria-pressed')).to.equal('true')
    lab.button('Arrow left').click()
    await lab.settled()
    expect(lab.button('Ctrl, for the next key').getAttribute('aria-pressed')).to.equal('false')
    lab.button('Esc').click()
    const field = lab.find<HTMLInputElement>('.touch-keys input')
    field.focus()
    await sendKeys({ type: 'größe' })
    await sendKeys({ press: 'Enter' })
    await sendKeys({ press: 'Enter' })
    lab.button('Alt, for the next key').click()
    await lab.settled()
    field.focus()
    await sendKeys({ type: 'x' })
    await sendKeys({ press: 'Enter' })
    expect(lab.screen.sent).to.deep.equal([
      'press Control ArrowLeft',
      'press Escape',
      'send größe',
      'press Enter',
      'press Alt x',
    ])
    expect(field.value).to.equal('')
  })

  it('remembers how a touch screen points', async () => {
    expect(lab.screen.appearance.touchpad).to.equal(false)
    await menu()
    lab.button('Screen as a touchpad').click()
    await lab.settled()
    expect(lab.screen.appearance.touchpad).to.equal(true)
    expect([...(lab.storage?.values() ?? [])].join()).to.include('"touchpad":true')
  })

  it('takes files that are dropped where the lab takes them, and shows how far they are', async () => {
    const drop = (): boolean => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['abc'], 'a.txt'))
      const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })
      lab.find('.dock').dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(drop()).to.equal(false)
    await tell({ type: 'files', upload: true, download: true })
    expect(drop()).to.equal(true)
    expect(lab.screen.sent).to.deep.equal(['upload a.txt'])
    await tell({ type: 'transfer', transfer: { id: 7, name: 'a.txt', state: 'going', share: 0.42 } })
    expect(lab.find('.transfers').innerText).to.include('a.txt: 42 %')
    expect(lab.find<HTMLProgressElement>('.transfers progress').value).to.equal(0.42)
    lab.button('Cancel a.txt').click()
    expect(lab.screen.sent.at(-1)).to.equal('cancel 7')
    await tell({ type: 'transfer', transfer: { id: 7, name: 'a.txt', state: 'waiting', share: 0.5 } })
    expect(lab.find('.transfers').innerText).to.include('a.txt: goes on when the connection is back')
    await tell({ type: 'transfer', transfer: { id: 7, name: 'a.txt', state: 'done', share: 1 } })
    expect([...(lab.shadowRoot?.querySelectorAll('[role=status]') ?? [])].map((each) => each.textContent)).to.include(
      'a.txt is in the lab',
    )
    lab.button('Hide a.txt').click()
    await lab.settled()
    expect(lab.has('.transfers')).to.equal(false)
    const problem = problemOf('file/exists')
    await tell({
      type: 'transfer',
      transfer: { id: 8, name: 'b', state: 'failed', share: 0, problem, again: 'replace' },
    })
    await expect(lab).to.be.accessible()
    lab.button('Replace b').click()
    await lab.settled()
    expect(lab.screen.sent.at(-1)).to.equal('again 8')
    expect(lab.has('.transfers')).to.equal(false)
    await menu()
    expect(lab.button('Upload files…')).to.be.instanceOf(HTMLButtonElement)
    lab.button('Download a file…').click()
    await lab.settled()
    const path = lab.find<HTMLInputElement>('[role=dialog] input')
    path.value = ' /home/me/b.txt '
    path.form?.requestSubmit()
    await lab.settled()
    expect(lab.screen.sent.at(-1)).to.equal('download /home/me/b.txt')
    expect(lab.has('[role=dialog]')).to.equal(false)
  })

  it('keeps the screen of each terminal', async () => {
    const desktop = lab.screen
    lab.terminal = 'deploy'
    await lab.settled()
    expect(lab.screen.kind).to.equal('xterm')
    expect(desktop.options.container.hidden).to.equal(true)
    lab.terminal = 'desktop'
    await lab.settled()
    expect(desktop.disposed).to.equal(false)
    expect(desktop.options.container.hidden).to.equal(false)
    expect(desktop.connections).to.equal(2)
  })
})

describe('a window of its own', () => {
  const script = 'https://labs.example.org/cdn/lab-terminal.iife.js'
  const settings = {
    script,
    title: 'Desktop',
    language: 'de',
    attributes: { lab: 'ceph', terminal: 'desktop', backend: 'https://labs.example.org', height: '100vh' },
    tokenProvider: async () => 'token',
  }

  it('has the element, its script and its way to a token, once', () => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const names: string[] = []
    const open = (name: string) => {
      names.push(name)
      return frame.contentWindow
    }
    expect(openLabWindow(open, settings)).to.equal(true)
    expect(openLabWindow(open, settings)).to.equal(true)
    const page = frame.contentDocument
    const labs = page?.querySelectorAll('lab-terminal') ?? []
    expect(labs).to.have.length(1)
    expect(labs[0]?.getAttribute('terminal')).to.equal('desktop')
    expect(Reflect.get(labs[0] ?? {}, 'tokenProvider')).to.equal(settings.tokenProvider)
    expect(page?.querySelector('script')?.src).to.equal(script)
    expect(page?.querySelector('script')?.type).to.equal('')
    expect(page?.title).to.equal('Desktop')
    expect(page?.documentElement.lang).to.equal('de')
    expect(new Set(names).size).to.equal(1)
    frame.remove()
  })

  it('says so where it may not open', () => {
    expect(openLabWindow(() => null, settings)).to.equal(false)
  })

  it('is offered only where the script is one of its own', () => {
    expect(ownScript(script)).to.equal(script)
    expect(ownScript('https://x.example/lab-terminal.js?v=2')).to.equal('https://x.example/lab-terminal.js?v=2')
    expect(ownScript('https://x.example/assets/app-1234.js')).to.equal('')
  })

  it('tells the learner where the browser forbids it', async () => {
    LabTerminal.script = script
    const lab = await openLab(MORE_SCENES.desktop())
    LabTerminal.script = ''
    lab.find('#menu-button').click()
    await lab.settled()
    lab.button('Open in a window').click()
    await lab.settled()
    expect(lab.find('[role=alertdialog]').innerText).to.include('The window did not open')
    lab.remove()
  })
})
