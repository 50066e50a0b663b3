import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { Desktop, type DesktopOptions, until } from './fakes/guacamole-stage.js'

const WORDS = 'Zürich 日本語 🚀'

describe('the clipboard of a desktop', () => {
  let desktop: Desktop
  const written: string[] = []
  const real = navigator.clipboard.writeText
  beforeEach(() => {
    written.length = 0
    Object.assign(navigator.clipboard, { writeText: async (text: string) => void written.push(text) })
  })
  afterEach(() => {
    Object.assign(navigator.clipboard, { writeText: real })
    desktop.remove()
  })

  async function focused(options?: DesktopOptions): Promise<void> {
    desktop = new Desktop(options)
    await desktop.open()
    desktop.display.focus()
    desktop.forget()
  }

  /** The browser's paste, as it follows its keys or the menu. */
  function paste(fill: (data: DataTransfer) => void): boolean {
    const clipboardData = new DataTransfer()
    fill(clipboardData)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true })
    desktop.field.dispatchEvent(event)
    return event.defaultPrevented
  }

  /** What went to the lab's clipboard, and the order of things. */
  function sentClipboard(): { type: string | undefined; bytes: Uint8Array; order: string } {
    const [stream] = desktop.sentOf('clipboard')
    const parts = desktop.sentOf('blob').filter(([index]) => index === stream?.[0])
    const binary = parts.map(([, data = '']) => atob(data)).join('')
    return {
      type: stream?.[1],
      bytes: Uint8Array.from(binary, (char) => char.charCodeAt(0)),
      order: desktop.sent.map(([opcode]) => opcode).join(' '),
    }
  }

  const text = () => new TextDecoder('utf-8', { fatal: true }).decode(sentClipboard().bytes)

  it('takes what the browser pastes by Ctrl+V, before the key', async () => {
    await focused()
    await sendKeys({ down: 'Control' })
    const down = new KeyboardEvent('keydown', { key: 'v', keyCode: 86, ctrlKey: true, bubbles: true, cancelable: true })
    desktop.field.dispatchEvent(down)
    expect(down.defaultPrevented, 'the browser may paste').to.equal(false)
    expect(paste((data) => data.setData('text/plain', WORDS))).to.equal(true)
    await until(() => desktop.keys.includes('-v'))
    await sendKeys({ up: 'Control' })
    expect(text()).to.equal(WORDS)
    expect(sentClipboard().type).to.equal('text/plain')
    expect(sentClipboard().order).to.equal('key clipboard blob end key key key')
    expect(desktop.keys).to.equal('+Ctrl +v -v -Ctrl')
    desktop.clock.advance(1_000)
    expect(desktop.keys).to.equal('+Ctrl +v -v -Ctrl')
  })

  it('is not waited for: the key goes to the lab also where the browser pastes nothing', async () => {
    await focused()
    desktop.field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Insert', keyCode: 45, shiftKey: true, bubbles: true, cancelable: true }),
    )
    expect(desktop.keys).to.equal('')
    desktop.clock.advance(200)
    expect(desktop.keys).to.include('+Insert -Insert')
  })

  for (const [protocol, keys] of [
    ['vnc', '+Ctrl +v -v -Ctrl'],
    ['rdp', '+Ctrl +v -v -Ctrl'],
    ['ssh', '+Ctrl +Shift +V -V -Shift -Ctrl'],
  ] as const) {
    it(`is pasted by the menu of the browser, and by a page, in ${protocol}`, async () => {
      await focused({ protocol })
      paste((data) => data.setData('text/plain', WORDS))
      await until(() => desktop.keys.length > 0)
      expect(desktop.keys).to.equal(keys)
      desktop.forget()
      desktop.display.paste(WORDS)
      expect(text()).to.equal(WORDS)
      expect(desktop.keys).to.equal(keys)
    })
  }

  it('takes long texts in parts that guacd takes', async () => {
    await focused()
    const long = '🚀é'.repeat(5_000)
    desktop.display.paste(long)
    expect(text()).to.equal(long)
    for (const [, data = ''] of desktop.sentOf('blob')) expect(atob(data).length).to.be.at.most(6048)
  })

  it('takes pictures', async () => {
    await focused()
    const picture = new File([new Uint8Array([1, 2, 3])], 'shot.png', { type: 'image/png' })
    paste((data) => data.items.add(picture))
    await until(() => desktop.keys.length > 0)
    expect(sentClipboard().type).to.equal('image/png')
    expect([...sentClipboard().bytes]).to.deep.equal([1, 2, 3])
  })

  function copyInLab(copied: string): void {
    const bytes = new TextEncoder().encode(copied)
    desktop.say('clipboard', 7, 'text/plain')
    // Cut within a character, as guacd does.
    for (const part of [bytes.slice(0, 2), bytes.slice(2)]) desktop.say('blob', 7, btoa(String.fromCharCode(...part)))
    desktop.say('end', 7)
  }

  it('gives what the lab copied at once to the person who just pressed a key there', async () => {
    await focused()
    await sendKeys({ press: 'c' })
    copyInLab(WORDS)
    await until(() => written.length > 0)
    expect(written).to.deep.equal([WORDS])
    expect(desktop.sentOf('ack').length).to.equal(2)
  })

  it('writes over nothing where nobody is there, and gives it where the browser is asked to copy', async () => {
    await focused()
    desktop.clock.advance(10_000)
    copyInLab(WORDS)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await sendKeys({ press: 'c' })
    expect(written).to.deep.equal([])
    const clipboardData = new DataTransfer()
    desktop.field.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
    expect(clipboardData.getData('text/plain')).to.equal(WORDS)
  })

  it('writes nothing of what the lab had copied before this link', async () => {
    desktop = new Desktop()
    const socket = desktop.connect()
    socket.open('guacamole')
    desktop.say('', '3e7ab9a2-53ec-4f0b-8f3c-1d2b0a7d9c11')
    desktop.display.focus()
    await sendKeys({ press: 'c' })
    copyInLab(WORDS)
    desktop.paint([1, 2, 3])
    await until(() => desktop.eventsOf('ready').length > 0)
    await sendKeys({ press: 'c' })
    expect(written).to.deep.equal([])
  })

  it('tries once more with the next key, where the browser wanted one', async () => {
    await focused()
    let refusals = 0
    const command = document.execCommand
    document.execCommand = () => false
    Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error(`${refusals++}`)) })
    await sendKeys({ press: 'c' })
    copyInLab(WORDS)
    await until(() => refusals === 1)
    Object.assign(navigator.clipboard, { writeText: async (copied: string) => void written.push(copied) })
    await until(() => {
      desktop.field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift', keyCode: 16, bubbles: true }))
      return written.length > 0
    })
    document.execCommand = command
    expect(written).to.deep.equal([WORDS])
  })

  it('never writes while the keyboard is elsewhere', async () => {
    await focused()
    await sendKeys({ press: 'c' })
    desktop.field.blur()
    copyInLab(WORDS)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(written).to.deep.equal([])
  })

  it('answers the browser’s copy where a frame may not write', async () => {
    await focused()
    Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')) })
    const clipboardData = new DataTransfer()
    const command = document.execCommand
    document.execCommand = () =>
      !desktop.field.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
    await sendKeys({ press: 'c' })
    copyInLab(WORDS)
    await until(() => clipboardData.getData('text/plain') !== '')
    document.execCommand = command
    expect(clipboardData.getData('text/plain')).to.equal(WORDS)
  })
})
