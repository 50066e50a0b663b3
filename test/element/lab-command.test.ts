import { expect, waitUntil } from '@open-wc/testing'
import { sendKeys, setViewport } from '@web/test-runner-commands'
import { commandText } from '../../src/element/command-text.js'
import type { LabCommandEvent } from '../../src/element/events.js'
import { LabCommand } from '../../src/element/lab-command.js'
import { DEPLOY, labStatus } from '../../stories/fakes/labs.js'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import type { Script } from '../../stories/fakes/scripted-session.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

customElements.define('lab-command', LabCommand)

async function openCommand(text: string, attributes: Record<string, string> = {}, parent: Element = document.body) {
  const command = new LabCommand()
  command.lang = 'en'
  command.textContent = text
  for (const [name, value] of Object.entries(attributes)) command.setAttribute(name, value)
  parent.append(command)
  await waitUntil(() => command.shadowRoot?.querySelector('button') != null, 'it is loaded', { timeout: 9_000 })
  return command
}

const button = (command: LabCommand, label: string): HTMLButtonElement => {
  const all = [...(command.shadowRoot?.querySelectorAll('button') ?? [])]
  const found = all.find(({ textContent }) => textContent?.trim() === label)
  if (!found) throw new Error(`no button “${label}” but ${all.map(({ textContent }) => textContent?.trim())}`)
  return found
}

const said = (command: LabCommand) => command.shadowRoot?.querySelector('[role=status]')?.textContent?.trim()

async function press(command: LabCommand, label: string): Promise<void> {
  button(command, label).click()
  await command.updateComplete
}

describe('a command on the page', () => {
  let lab: TestLab
  afterEach(() => document.body.replaceChildren())

  const show = async ({ state, screen }: Script) => {
    if (screen) await lab.scripted.connect(DEPLOY)
    lab.scripted.show(state)
    await lab.settled()
  }
  const become = async (scene: keyof typeof STATUS_SCENES) => {
    await show(STATUS_SCENES[scene]())
  }

  for (const [title, content, text] of [
    ['one line', 'ceph status', 'ceph status'],
    ['space around it', '\n  ceph status  \n\n', 'ceph status'],
    ['indented lines', '\n    for i in 1 2\n    do\n      echo $i\n    done\n  ', 'for i in 1 2\ndo\n  echo $i\ndone'],
    ['an empty line within', 'a\n\nb', 'a\n\nb'],
    ['nothing', '  \n ', ''],
  ] as const) {
    it(`is read as meant: ${title}`, () => expect(commandText(content)).to.equal(text))
  }

  it('runs in the connected lab, says that it did, and can run again', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const command = await openCommand('\n  echo one\n  echo two\n', { run: '' })
    const events: LabCommandEvent[] = []
    document.body.addEventListener('lab-command', (event) => events.push(event), { once: true })
    expect(said(command)).to.equal('')
    await press(command, 'Run')
    expect(lab.screen.sent).to.deep.equal(['paste echo one\necho two', 'send \r'])
    expect(said(command)).to.equal('Sent to the lab.')
    expect(command.hasAttribute('done')).to.equal(true)
    expect(events[0]).to.include({ text: 'echo one\necho two', run: true })
    await press(command, 'Run again')
    expect(lab.screen.sent).to.have.length(4)
  })

  it('is put into the terminal by default, and the keyboard goes there for Enter', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const command = await openCommand('rm -r work')
    await press(command, 'Insert')
    expect(lab.screen.sent).to.deep.equal(['paste rm -r work'])
    expect(lab.shadowRoot?.activeElement).to.equal(lab.screen.field)
    expect(said(command)).to.equal('In the terminal. Press Enter there to run it.')
  })

  for (const key of ['Enter', 'Space']) {
    it(`is run by ${key}`, async () => {
      lab = await openLab(STATUS_SCENES.connected())
      const command = await openCommand('ls', { run: '' })
      button(command, 'Run').focus()
      await sendKeys({ press: key })
      await command.updateComplete
      expect(lab.screen.sent).to.deep.equal(['paste ls', 'send \r'])
      expect(command.shadowRoot?.activeElement).to.equal(button(command, 'Run again'))
    })
  }

  for (const scene of ['queued', 'preparing', 'connecting'] as const) {
    it(`waits for a lab that is ${scene}, once, or until it is called off`, async () => {
      lab = await openLab(STATUS_SCENES[scene]())
      const command = await openCommand('ls', { run: '' })
      await press(command, 'Run')
      expect(said(command)).to.equal('Waiting for the lab…')
      await press(command, 'Cancel')
      expect(said(command)).to.equal('')
      await press(command, 'Run')
      await press(command, 'Run')
      await become('connected')
      await waitUntil(() => said(command) === 'Sent to the lab.', 'it is sent')
      expect(lab.screen.sent).to.deep.equal(['paste ls', 'send \r'])
    })
  }

  for (const [scene, offer, call] of [
    ['absent', 'Start the lab', 'launch'],
    ['paused', 'Wake the lab', 'resume'],
  ] as const) {
    it(`offers to start a lab that is ${scene}, and then waits for it`, async () => {
      lab = await openLab(STATUS_SCENES[scene]())
      const command = await openCommand('ls', { run: '' })
      await press(command, 'Run')
      expect(said(command)).to.equal('The lab is not running.')
      expect(lab.scripted.calls).not.to.include(call)
      await press(command, offer)
      expect(lab.scripted.calls).to.include(call)
      await become('preparing')
      expect(said(command)).to.equal('Waiting for the lab…')
      await become('connected')
      await waitUntil(() => said(command) === 'Sent to the lab.', 'it is sent')
    })
  }

  it('says so where it cannot go: no lab, a failed one, one that takes no keys, an ended shell', async () => {
    const command = await openCommand('ls', { run: '' })
    await press(command, 'Run')
    expect(said(command)).to.equal('There is no lab on this page for this command.')
    lab = await openLab(STATUS_SCENES.failed())
    await press(command, 'Run')
    expect(said(command)).to.equal('The lab is not running.')
    await become('connected')
    lab.readOnly = true
    await press(command, 'Run')
    expect(said(command)).to.equal('The terminal takes no commands now.')
    lab.readOnly = false
    await show(MORE_SCENES['shell ended']())
    await press(command, 'Run')
    expect(said(command)).to.equal('The terminal takes no commands now.')
    expect(lab.displays.flatMap(({ sent }) => sent)).to.deep.equal([])
  })

  it('finds its lab: by id, else the nearest before it, else the first', async () => {
    const first = await openCommand('ls')
    const one = await openLab(STATUS_SCENES.connected(), { id: 'one' })
    const between = await openCommand('ls')
    const two = await openLab(STATUS_SCENES.connected(), { id: 'two' })
    const byId = await openCommand('ls', { for: 'one' })
    const last = await openCommand('ls')
    const wrong = await openCommand('ls', { for: 'three' })
    expect([first, between, byId, last, wrong].map((command) => command.lab)).to.deep.equal([
      one,
      one,
      one,
      two,
      undefined,
    ])
  })

  it('taken out of the page waits no longer', async () => {
    lab = await openLab(STATUS_SCENES.connecting())
    const command = await openCommand('ls', { run: '' })
    await press(command, 'Run')
    command.remove()
    await become('connected')
    expect(lab.screen.sent).to.deep.equal([])
  })

  it('speaks German, and copies', async () => {
    const written: string[] = []
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => written.push(text) },
    })
    const command = await openCommand('ls -l', { run: '', lang: 'de' })
    await waitUntil(() => command.shadowRoot?.textContent?.includes('Ausführen'), 'it is German', { timeout: 9_000 })
    expect(button(command, 'Ausführen').getAttribute('aria-label')).to.equal('Ausführen: ls -l')
    await press(command, 'Kopieren')
    await waitUntil(() => said(command) === 'Kopiert.', 'it says so')
    Reflect.deleteProperty(navigator, 'clipboard')
    expect(written).to.deep.equal(['ls -l'])
  })

  it('has no violation and fits 320 px, light and dark', async () => {
    await setViewport({ width: 320, height: 480 })
    lab = await openLab({ state: { name: 'paused', lab: labStatus({ phase: 'suspended' }) } })
    const command = await openCommand(`echo ${'a very long line '.repeat(20)}`, { run: '' })
    await press(command, 'Run')
    for (const theme of ['light', 'dark'] as const) {
      command.theme = theme
      await command.updateComplete
      await expect(command).to.be.accessible()
    }
    expect(document.documentElement.scrollWidth).to.be.at.most(320)
    await setViewport({ width: 800, height: 600 })
  })
})
