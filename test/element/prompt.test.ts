import { expect, waitUntil } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import type { State } from '../../src/core/state.js'
import { prefixTitle } from '../../src/element/title-prefix.js'
import { labStatus } from '../../stories/fakes/labs.js'
import { STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

function prompting(lab: TestLab, seconds: number): State {
  const prompt = { suspendAt: lab.clock.now + seconds * 1000 }
  return { name: 'connected', lab: labStatus(), readOnly: false, shell: 'open', prompt }
}

describe('the idle prompt', () => {
  let lab: TestLab
  let field: HTMLInputElement

  beforeEach(async () => {
    field = document.createElement('input')
    document.body.append(field)
    lab = await openLab(STATUS_SCENES.connected())
  })

  afterEach(() => {
    lab.remove()
    field.remove()
  })

  const show = async (seconds = 120): Promise<void> => {
    lab.scripted.show(prompting(lab, seconds))
    await lab.settled()
  }

  const hide = async (): Promise<void> => {
    lab.scripted.show(STATUS_SCENES.connected().state)
    await lab.settled()
  }

  it('says what happens, when, and what is kept', async () => {
    await show(65)
    const prompt = lab.find('[role=alertdialog]')
    expect(prompt.getAttribute('part')).to.equal('dialog')
    expect(lab.find('#prompt-title').textContent).to.equal('We think you’re busy elsewhere')
    expect(lab.find('.clock').textContent).to.equal('1:05')
    expect(prompt.textContent).to.contain('Files and running programs are kept; open connections may drop.')
    expect(lab.find('#terminal').inert).to.equal(false)
    lab.clock.advance(6_000)
    await lab.settled()
    expect(lab.find('.clock').textContent).to.equal('0:59')
  })

  it('takes the focus where nobody types, and gives it back', async () => {
    lab.screen.focus()
    await show()
    expect(lab.shadowRoot?.activeElement).to.equal(lab.button('Keep working'))
    await hide()
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
  })

  it('is announced once while its clock ticks, by the focus', async () => {
    const spoken = new Set<string>()
    lab.screen.focus()
    await show()
    const words = lab.find('#prompt-text').textContent
    for (let second = 0; second < 100; second++) {
      lab.clock.advance(1_000)
      await lab.updateComplete
      spoken.add(lab.spoken)
      expect(lab.find('#prompt-text').textContent).to.equal(words)
    }
    expect(words).to.contain('The lab pauses in 2 minutes.')
    expect(spoken.size).to.equal(1)
    expect([...spoken][0]).not.to.contain('busy')
    expect(lab.find('.clock').getAttribute('aria-hidden')).to.equal('true')
  })

  it('leaves the focus to somebody who types elsewhere, and is announced once by the live region', async () => {
    field.focus()
    const spoken = new Set<string>()
    await show()
    for (let second = 0; second < 100; second++) {
      lab.clock.advance(1_000)
      await lab.updateComplete
      spoken.add(lab.spoken)
    }
    expect(document.activeElement).to.equal(field)
    expect([...spoken]).to.deep.equal([
      'We think you’re busy elsewhere. The lab pauses in 2 minutes. Files and running programs are kept; open connections may drop.',
    ])
    await hide()
    expect(document.activeElement).to.equal(field)
  })

  it('keeps the lab by its button and by Escape', async () => {
    await show()
    lab.button('Keep working').click()
    expect(lab.scripted.calls).to.deep.equal(['start', 'extend'])
    lab.button('Keep working').focus()
    await sendKeys({ press: 'Escape' })
    expect(lab.scripted.calls).to.deep.equal(['start', 'extend', 'extend'])
  })

  it('lets a keyboard reach “Pause now”: walking there is no sign of work, any other key is', async () => {
    lab.screen.focus()
    await show()
    const { inputs } = lab.scripted
    await sendKeys({ press: 'Tab' })
    expect(lab.shadowRoot?.activeElement).to.equal(lab.button('Pause now'))
    expect(lab.scripted.inputs).to.equal(inputs)
    await sendKeys({ press: 'a' })
    expect(lab.scripted.inputs).to.equal(inputs + 1)
    await sendKeys({ press: 'Enter' })
    expect(lab.scripted.inputs).to.equal(inputs + 1)
    expect(lab.scripted.calls).to.deep.equal(['start', 'suspend'])
    field.focus()
    await sendKeys({ press: 'b' })
    expect(lab.scripted.inputs).to.equal(inputs + 2)
  })

  it('goes back to the stage when the lab pauses under it', async () => {
    lab.screen.focus()
    await show()
    lab.scripted.show(STATUS_SCENES.paused().state)
    await lab.settled()
    expect(lab.shadowRoot?.activeElement).to.equal(lab.find('.stage'))
  })

  it('with `hidden-lab` is a button in the line', async () => {
    lab.hiddenLab = true
    await show()
    lab.button('Keep working').click()
    expect(lab.scripted.calls).to.deep.equal(['start', 'extend'])
  })
})

describe('the title of a hidden tab', () => {
  const labs: TestLab[] = []
  let hidden = false
  const title = document.title

  const warn = (lab: TestLab, on: boolean): void => {
    lab.scripted.show(STATUS_SCENES.connected().state, on ? { suspendAt: lab.clock.now + 60_000 } : undefined)
  }

  before(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  })

  after(() => {
    Reflect.deleteProperty(document, 'hidden')
  })

  beforeEach(async () => {
    document.title = 'Unit 3'
    hidden = true
    labs.push(
      await openLab(STATUS_SCENES.connected()),
      await openLab(STATUS_SCENES.connected(), { lab: 'two', lang: 'de' }),
    )
    await waitUntil(() => labs[1]?.find('.frame').lang === 'de')
  })

  afterEach(() => {
    for (const lab of labs.splice(0)) lab.remove()
    document.title = title
  })

  const both = (): [TestLab, TestLab] => {
    const [one, two] = labs
    if (!one || !two) throw new Error('two elements are open')
    return [one, two]
  }

  it('warns, and is as it was when the person looks', () => {
    const [one] = both()
    warn(one, true)
    expect(document.title).to.equal('Lab pauses soon – Unit 3')
    expect(one.has('.prompt')).to.equal(false)
    hidden = false
    document.dispatchEvent(new Event('visibilitychange'))
    expect(document.title).to.equal('Unit 3')
    hidden = true
    document.dispatchEvent(new Event('visibilitychange'))
    expect(document.title).to.equal('Lab pauses soon – Unit 3')
    warn(one, false)
    expect(document.title).to.equal('Unit 3')
  })

  it('carries one warning for two labs, until the last has gone', () => {
    const [one, two] = both()
    warn(one, true)
    warn(two, true)
    expect(document.title).to.equal('Lab pauses soon – Unit 3')
    one.remove()
    expect(document.title).to.equal('Lab pausiert bald – Unit 3')
    two.remove()
    expect(document.title).to.equal('Unit 3')
  })

  it('keeps what the page writes there meanwhile', () => {
    const [one, two] = both()
    warn(one, true)
    document.title = 'Unit 4'
    warn(one, false)
    expect(document.title).to.equal('Unit 4')
    warn(two, true)
    document.title = `${document.title} (2)`
    warn(two, false)
    expect(document.title).to.equal('Unit 4 (2)')
  })

  it('is left alone by an owner that never asked', () => {
    prefixTitle({}, undefined)
    expect(document.title).to.equal('Unit 3')
  })
})
