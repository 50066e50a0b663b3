import { expect } from '@open-wc/testing'
import { sendKeys, sendMouse } from '@web/test-runner-commands'
import { LEAVE_CHORD } from '../../src/display/leave-chord.js'
import { labStatus } from '../../stories/fakes/labs.js'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

describe('by keyboard alone', () => {
  let lab: TestLab
  let before: HTMLButtonElement
  let after: HTMLButtonElement

  const focused = (): string => {
    const active = lab.shadowRoot?.activeElement ?? document.activeElement
    if (active === before) return 'before'
    if (active === after) return 'after'
    if (active instanceof HTMLTextAreaElement) return 'in the terminal'
    if (active?.id === 'terminal') return 'the terminal’s frame'
    if (active?.classList.contains('stage')) return 'the stage'
    return active?.getAttribute('aria-label') ?? active?.textContent?.replace(/\s+/g, ' ').trim() ?? 'nothing'
  }

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      const [plain = key, modifier] = key.split('+').reverse()
      if (modifier) await sendKeys({ down: modifier })
      await sendKeys({ press: plain })
      if (modifier) await sendKeys({ up: modifier })
      await lab.settled()
    }
  }

  const walk = async (key: string, steps: number): Promise<string[]> => {
    const stops: string[] = []
    for (let step = 0; step < steps; step++) {
      await press(key)
      stops.push(focused())
    }
    return stops
  }

  const open = async (...args: Parameters<typeof openLab>): Promise<void> => {
    before = document.createElement('button')
    after = document.createElement('button')
    document.body.append(before)
    lab = await openLab(...args)
    document.body.append(after)
    before.focus()
  }

  afterEach(() => {
    lab.remove()
    document.body.replaceChildren()
  })

  it('walks past the terminal without falling into it, there and back', async () => {
    await open(STATUS_SCENES.connected())
    expect(await walk('Tab', 3)).to.deep.equal(['Lab menu', 'the terminal’s frame', 'after'])
    expect(await walk('Shift+Tab', 3)).to.deep.equal(['the terminal’s frame', 'Lab menu', 'before'])
  })

  it('enters by Enter, hears the way out, leaves by the chord, and goes on', async () => {
    await open(STATUS_SCENES.connected())
    await press('Tab', 'Tab', 'Enter')
    expect(focused()).to.equal('in the terminal')
    expect(lab.screen.field.value).to.equal('')
    expect(lab.spoken).to.equal(`You are in the terminal. ${LEAVE_CHORD.label(false)} leaves it.`)
    expect(lab.find('.keys').textContent).to.equal(`Leave: ${LEAVE_CHORD.label(false)}`)
    expect(lab.find('#terminal').getAttribute('aria-keyshortcuts')).to.equal(LEAVE_CHORD.ariaKeyShortcuts)
    lab.screen.tell({ type: 'leave' })
    expect(focused()).to.equal('the terminal’s frame')
    await press('Tab')
    expect(focused()).to.equal('after')
  })

  it('opens the menu, walks in it, and Escape leads back', async () => {
    await open(STATUS_SCENES.connected())
    await press('Tab', 'Enter')
    expect(focused()).to.equal('Pause now')
    expect(await walk('Tab', 3)).to.deep.equal(['Reconnect the terminal', 'Reset the lab…', 'Smaller text'])
    await press('Escape')
    expect(focused()).to.equal('Lab menu')
    expect(lab.has('#menu')).to.equal(false)
    await press('Enter')
    const stops = await walk('Tab', 12)
    expect(stops.slice(6, 9)).to.deep.equal(['Screen reader mode', 'Show typing at once', 'Search the terminal'])
    expect(stops.slice(-2)).to.deep.equal(['Keyboard help', 'the terminal’s frame'])
    expect(lab.has('#menu')).to.equal(false)
  })

  it('uses what the menu has: sizes, switches, search and the help', async () => {
    await open(MORE_SCENES.files())
    const use = async (name: string): Promise<void> => {
      if (!lab.has('#menu')) {
        lab.find('#menu-button').focus()
        await press('Enter')
      }
      for (let stop = focused(); stop !== name; stop = focused()) {
        expect(lab.has('#menu'), `${name} is in the menu`).to.equal(true)
        await press('Tab')
      }
      await press('Enter')
    }
    const { fontSize } = lab.screen.appearance
    await use('Larger text')
    expect(lab.screen.appearance.fontSize).to.equal(fontSize + 1)
    await use('Screen reader mode')
    await use('Show typing at once')
    expect(lab.screen.appearance).to.include({ screenReader: true, localEcho: true })
    await use('Search the terminal')
    await press('n', 'Escape')
    expect(lab.has('.search')).to.equal(false)
    expect(focused(), 'the search gives the keyboard back').to.equal('in the terminal')
    await use('Keyboard help')
    await press('Escape')
    expect(lab.has('[role=dialog]')).to.equal(false)
    expect(focused()).to.equal('Lab menu')
  })

  it('asks before it resets, on the harmless answer, and says what is lost', async () => {
    await open(STATUS_SCENES.connected())
    await press('Tab', 'Enter', 'Tab', 'Tab', 'Enter')
    expect(focused()).to.equal('Keep my lab')
    const dialog = lab.find('[role=alertdialog]')
    expect(dialog.textContent).to.contain('Everything you did in this lab is deleted: files, programs and settings.')
    expect(lab.find('.bar').inert && lab.find('#terminal').inert).to.equal(true)
    await expect(lab).to.be.accessible()
    await press('Escape')
    expect(focused()).to.equal('Lab menu')
    await press('Enter', 'Tab', 'Tab', 'Enter', 'Tab')
    expect(focused()).to.equal('Delete and start over')
    expect(lab.scripted.calls).to.deep.equal(['start'])
    await press('Enter')
    expect(lab.scripted.calls).to.deep.equal(['start', 'reset'])
    expect(lab.has('[role=alertdialog]')).to.equal(false)
  })

  it('drops the question about a reset that has become senseless', async () => {
    await open(STATUS_SCENES.connected())
    await press('Tab', 'Enter', 'Tab', 'Tab', 'Enter')
    lab.scripted.show({ name: 'preparing', lab: labStatus({ phase: 'resetting' }) })
    await lab.settled()
    expect(lab.has('[role=alertdialog]')).to.equal(false)
  })

  it('explains its keys', async () => {
    await open(STATUS_SCENES.connected())
    lab.button('Lab menu').click()
    await lab.settled()
    lab.button('Keyboard help').click()
    await lab.settled()
    expect(lab.find('[role=dialog]').textContent).to.contain(LEAVE_CHORD.label(false))
    await expect(lab).to.be.accessible()
    await press('Tab', 'Enter')
    expect(focused()).to.equal('Lab menu')
  })

  it('chooses a terminal with the arrow keys and Enter', async () => {
    await open(MORE_SCENES['several terminals']())
    expect(await walk('Tab', 1)).to.deep.equal(['deploy'])
    expect(await walk('ArrowRight', 3)).to.deep.equal(['alice', 'bob', 'deploy'])
    await press('End', 'Enter')
    expect(lab.terminal).to.equal('bob')
    expect(lab.button('bob').getAttribute('aria-selected')).to.equal('true')
    expect(await walk('Tab', 2)).to.deep.equal(['Lab menu', 'the terminal’s frame'])
    expect(lab.find('#terminal').getAttribute('aria-label')).to.equal('Terminal: bob. Press Enter to type in it.')
  })

  it('gets from the button that starts the lab into the terminal', async () => {
    await open({ ...STATUS_SCENES.absent(), screen: true })
    await press('Tab', 'Tab')
    expect(focused()).to.equal('Start the lab')
    await press('Enter')
    expect(lab.scripted.calls).to.deep.equal(['start', 'launch'])
    lab.scripted.show(STATUS_SCENES.preparing().state)
    await lab.settled()
    expect(focused()).to.equal('the stage')
    const lab1 = labStatus()
    await lab.scripted.connect({ name: 'deploy', title: 'deploy', protocol: 'ssh', display: 'xterm' })
    lab.scripted.show({ name: 'connected', lab: lab1, readOnly: false, shell: 'open' })
    await lab.settled()
    expect(focused()).to.equal('in the terminal')
  })

  it('never takes the keyboard from the page when a lab is there by itself', async () => {
    await open({ ...STATUS_SCENES.preparing(), screen: true })
    lab.scripted.show(STATUS_SCENES.connected().state)
    await lab.settled()
    expect(focused()).to.equal('before')
  })

  it('goes back into the terminal that fell asleep under the fingers', async () => {
    await open(STATUS_SCENES.connected())
    await press('Tab', 'Tab', 'Enter')
    lab.scripted.show(STATUS_SCENES.paused().state)
    await lab.settled()
    expect(focused()).to.equal('the stage')
    await press('Tab')
    expect(focused()).to.equal('Wake the lab')
    await press('Enter')
    lab.scripted.show(MORE_SCENES.waking().state)
    await lab.settled()
    lab.scripted.show(STATUS_SCENES.connected().state)
    await lab.settled()
    expect(focused()).to.equal('in the terminal')
  })

  it('begins a new shell by Enter, which is not typed into it', async () => {
    await open(MORE_SCENES['shell ended']())
    expect(lab.spoken).to.equal('The shell has ended. Press Enter for a new one.')
    lab.screen.focus()
    await press('x', 'Enter')
    expect(lab.screen.shells).to.equal(1)
    expect(lab.screen.field.value).to.equal('x')
    lab.button('Start a new shell').click()
    expect(lab.screen.shells).to.equal(2)
    expect(focused()).to.equal('in the terminal')
  })

  it('tries again while the link is lost, with the screen still there to read', async () => {
    await open(STATUS_SCENES.reconnecting())
    expect(lab.find('#terminal').inert).to.equal(false)
    expect(await walk('Tab', 3)).to.deep.equal(['Lab menu', 'the terminal’s frame', 'Try now'])
    await press('Enter')
    expect(lab.scripted.calls).to.deep.equal(['start', 'reconnect'])
  })

  it('focus() leads into the terminal, else to the button that leads there', async () => {
    await open(STATUS_SCENES.absent())
    lab.focus()
    expect(focused()).to.equal('Start the lab')
    await lab.scripted.connect({ name: 'deploy', title: 'deploy', protocol: 'ssh', display: 'xterm' })
    lab.scripted.show(STATUS_SCENES.connected().state)
    await lab.settled()
    before.focus()
    lab.focus()
    expect(focused()).to.equal('in the terminal')
  })

  it('enters by a click beside the text too', async () => {
    await open(STATUS_SCENES.connected())
    const { left, bottom } = lab.find('#terminal').getBoundingClientRect()
    await sendMouse({ type: 'click', position: [Math.round(left + 3), Math.round(bottom - 3)] })
    expect(focused()).to.equal('in the terminal')
  })
})
