import { expect, waitUntil } from '@open-wc/testing'
import { LabTerminal } from '../../src/element/lab-terminal.js'
import { settingsOf } from '../../src/element/settings.js'
import { labStatus } from '../../stories/fakes/labs.js'
import { STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, TestLab } from './fakes/test-lab.js'

const ATTRIBUTES: readonly (readonly [attribute: string, property: string, value: unknown])[] = [
  ['lab', 'lab', 'ceph-102'],
  ['backend', 'backend', 'https://labs.example.org'],
  ['terminal', 'terminal', 'alice'],
  ['display', 'display', 'guacamole'],
  ['launch', 'launchMode', 'click'],
  ['resume', 'resumeMode', 'click'],
  ['read-only', 'readOnly', true],
  ['hidden-lab', 'hiddenLab', true],
  ['height', 'height', '30em'],
  ['font-size', 'fontSize', 18],
  ['font-family', 'fontFamily', 'Fira Code'],
  ['theme', 'theme', 'solarized-dark'],
  ['token-url', 'tokenUrl', '/token'],
  ['token', 'token', 'a.b.c'],
  ['course', 'course', 'course-v1:acme+CEPH+2026'],
  ['label', 'label', 'My lab'],
]

describe('attributes', () => {
  let lab: TestLab

  afterEach(() => lab.remove())

  for (const [attribute, property, value] of ATTRIBUTES) {
    it(`${attribute} is the property ${property}, and is never written back`, () => {
      lab = new TestLab()
      expect(property in lab).to.equal(true)
      lab.setAttribute(attribute, value === true ? '' : String(value))
      expect(Reflect.get(lab, property)).to.equal(value)
      lab.removeAttribute(attribute)
      Reflect.set(lab, property, value)
      expect(lab.hasAttribute(attribute)).to.equal(false)
    })
  }

  it('launch and resume are methods to call and properties to assign, as frameworks do', async () => {
    lab = await openLab(STATUS_SCENES.absent())
    lab.launch()
    lab.resume()
    lab.launch = 'click'
    lab.resume = 'click'
    await lab.settled()
    expect(lab.scripted.calls).to.deep.equal(['start', 'launch', 'resume'])
    expect(lab.launchMode).to.equal('click')
    expect(lab.scripted.settings.at(-1)).to.include({ launch: 'click', resume: 'click' })
    expect(typeof lab.launch).to.equal('function')
  })

  it('takes what was assigned before the element was defined', async () => {
    const early = document.createElement('late-lab')
    Object.assign(early, { lab: 'ceph-9', launch: 'click', hiddenLab: true, tokenProvider: async () => 'token' })
    document.body.append(early)
    customElements.define('late-lab', class extends TestLab {})
    customElements.upgrade(early)
    if (!(early instanceof TestLab)) throw new Error('not upgraded')
    lab = early
    await early.updateComplete
    expect(early.lab).to.equal('ceph-9')
    expect(early.launchMode).to.equal('click')
    expect(typeof early.launch).to.equal('function')
    expect(early.hiddenLab).to.equal(true)
    expect(Object.hasOwn(early, 'lab')).to.equal(false)
  })

  it('passes on what the session needs to know', async () => {
    lab = await openLab(STATUS_SCENES.loading(), {
      backend: 'https://labs.example.org/api/',
      terminal: 'alice',
      course: 'course-v1:acme+CEPH+2026',
      launch: 'click',
      'read-only': '',
    })
    expect(lab.scripted.settings).to.deep.equal([
      {
        lab: 'ceph-101',
        backend: 'https://labs.example.org/api',
        terminal: 'alice',
        course: 'course-v1:acme+CEPH+2026',
        launch: 'click',
        resume: 'focus',
        readOnly: true,
        hiddenLab: false,
      },
    ])
  })

  it('follows another lab in the same element, and nothing of the old one stays', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const old = lab.screen
    lab.lab = 'ceph-102'
    await lab.settled()
    expect(lab.sessions).to.have.length(1)
    expect(lab.scripted.settings.at(-1)?.lab).to.equal('ceph-102')
    expect(old.disposed).to.equal(true)
  })

  it('tells an author what is missing or wrong, and starts as soon as it is right', async () => {
    const problems: string[] = []
    document.body.addEventListener(
      'lab-problem',
      ({ problem }) => problems.push(`${problem.code}: ${problem.detail}`),
      { once: true },
    )
    lab = await openLab(STATUS_SCENES.loading(), { lab: '%%COURSE_ID%%' })
    expect(lab.status).to.equal('failed')
    expect(lab.shown).to.contain('config/attribute · The attribute "lab" is missing.')
    expect(problems).to.deep.equal(['config/attribute: The attribute "lab" is missing.'])
    lab.backend = 'ftp://labs.example.org'
    lab.lab = 'ceph-101'
    await lab.settled()
    expect(lab.shown).to.contain('The attribute "backend" is not a web address.')
    lab.backend = ''
    await lab.settled()
    expect(lab.status).to.equal('loading')
    expect(lab.scripted.calls).to.deep.equal(['start'])
  })

  it('looks for the backend where the script came from, else where the page is', () => {
    const attributes = {
      lab: 'x',
      backend: '',
      terminal: '',
      course: '%%COURSE_ID%%',
      launchMode: 'auto',
      resumeMode: 'x',
      readOnly: false,
      hiddenLab: false,
    }
    expect(settingsOf(attributes, 'https://cdn.example.org')).to.deep.equal({
      lab: 'x',
      backend: 'https://cdn.example.org',
      launch: 'auto',
      resume: 'focus',
      readOnly: false,
      hiddenLab: false,
    })
    expect(settingsOf(attributes, '/').backend).to.equal(location.origin)
    expect(settingsOf({ ...attributes, backend: '/labs/' }, '/').backend).to.equal(`${location.origin}/labs`)
  })

  it('shows its looks: height, size, font and scheme, and the learner has the last word on the size', async () => {
    lab = await openLab(STATUS_SCENES.connected(), {
      height: '300px',
      'font-size': '18',
      'font-family': 'Fira Code',
      theme: 'solarized-light',
    })
    expect(lab.getBoundingClientRect().height).to.equal(300)
    expect(lab.screen.appearance).to.include({ fontSize: 18, fontFamily: 'Fira Code', theme: 'solarized-light' })
    expect(getComputedStyle(lab.find('.frame')).colorScheme).to.equal('light')
    lab.theme = 'dark'
    lab.height = ''
    lab.button('Lab menu').click()
    await lab.settled()
    lab.button('Larger text').click()
    lab.button('Larger text').click()
    lab.button('Screen reader mode').click()
    await lab.settled()
    expect(lab.getBoundingClientRect().height).to.equal(420)
    expect(lab.screen.appearance).to.include({ fontSize: 20, theme: 'dark', screenReader: true })
    const next = new TestLab()
    next.script = STATUS_SCENES.connected()
    next.lab = 'ceph-101'
    next.storage = lab.storage
    lab.replaceWith(next)
    lab = next
    await waitUntil(() => next.displays?.length === 1)
    expect(next.screen.appearance).to.include({ fontSize: 20, screenReader: true })
  })

  it('hands text to the terminal and asks it for its own', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    lab.send('ls\n')
    lab.paste('some text')
    expect(lab.screen.sent).to.deep.equal(['send ls\n', 'paste some text'])
    expect(lab.getText()).to.equal('the screen')
  })

  it('does nothing, quietly, before it is in a page', () => {
    lab = new TestLab()
    for (const call of ['launch', 'resume', 'suspend', 'reset', 'reconnect', 'extend', 'focus'] as const) lab[call]()
    lab.send('x')
    lab.paste('x')
    expect(lab.getText()).to.equal('')
    expect(lab.status).to.equal('loading')
  })

  it('asks its session for what its methods say', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    for (const call of ['launch', 'resume', 'suspend', 'reset', 'reconnect', 'extend'] as const) lab[call]()
    expect(lab.scripted.calls).to.deep.equal(['start', 'launch', 'resume', 'suspend', 'reset', 'reconnect', 'extend'])
  })

  it('switches between terminals and keeps the screen of each', async () => {
    const terminals = [
      { name: 'one', title: 'One', protocol: 'ssh', display: 'xterm' },
      { name: 'two', title: 'Two', protocol: 'ssh', display: 'xterm' },
    ] as const
    lab = await openLab({
      screen: true,
      state: { name: 'connected', lab: labStatus({ terminals: [...terminals] }), readOnly: false, shell: 'open' },
    })
    lab.button('Two').click()
    await lab.settled()
    lab.button('One').click()
    await lab.settled()
    expect(lab.displays.map(({ connections, disposed }) => [connections, disposed])).to.deep.equal([
      [2, false],
      [1, false],
    ])
    expect(lab.scripted.settings.map(({ terminal }) => terminal)).to.deep.equal([undefined, 'two', 'one'])
    const visible = lab.displays.map(({ options }) => options.container.checkVisibility())
    expect(visible).to.deep.equal([true, false])
  })
})

describe('define', () => {
  it('may run twice, and after another bundle', async () => {
    // The tests registered their own element before: as another bundle would have.
    const before = customElements.get('lab-terminal')
    await import('../../src/define.js')
    await import('../../src/define.js?again' as string)
    expect(customElements.get('lab-terminal')).to.equal(before)
    expect(LabTerminal.defaultBackend).to.equal('')
  })
})
