import { expect, waitUntil } from '@open-wc/testing'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { linesToAskAbout } from '../../src/display/xterm/input.js'
import { clipboardText } from '../../src/display/xterm/lab-clipboard.js'
import { keySequence, withModifiers } from '../../src/display/xterm/touch-keys.js'
import { APPEARANCE, frames, Stage, type StageOptions } from './fakes/stage.js'

let stage: Stage
const others: Stage[] = []

function setUp(options: StageOptions = {}): Stage {
  stage = new Stage(options)
  return stage
}

async function showing(output: string, options: StageOptions = {}): Promise<Stage> {
  // What comes after the first paint is there.
  await import('../../src/display/xterm/extras.js')
  setUp(options).attach().bytes(output)
  await stage.parsed((text) => text !== '')
  await frames(3)
  return stage
}

afterEach(() => {
  for (const each of [stage, ...others.splice(0)]) each?.remove()
})

function press(key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...more })
  stage.textarea.dispatchEvent(event)
  return event
}

describe('search', () => {
  const found = () => stage.eventsOf('found').map(({ index, count }) => `${index}/${count}`)
  const lines = Array.from({ length: 300 }, (_, line) => (line % 100 === 7 ? `needle ${line}` : `hay ${line}`))

  it('goes through screen and scrollback, both ways, and ends without a trace', async () => {
    await showing(lines.join('\r\n'))
    stage.display.find?.('needle', 'previous')
    await waitUntil(() => found().length > 0, 'found')
    expect(found().at(-1)).to.equal('3/3')
    stage.display.find?.('needle', 'previous')
    await waitUntil(() => found().at(-1) === '2/3', found().join())
    stage.display.find?.('needle', 'next')
    await waitUntil(() => found().at(-1) === '3/3', found().join())
    expect(stage.root.querySelectorAll('.xterm-decoration').length).to.be.greaterThan(0)
    stage.display.find?.('nowhere', 'next')
    await waitUntil(() => found().at(-1) === '0/0', found().join())
    stage.display.find?.('', 'next')
    await frames()
    expect(stage.root.querySelectorAll('.xterm-decoration')).to.have.length(0)
    expect(stage.socket.input).to.equal('')
  })

  it('is asked for by Ctrl+Shift+F, on an Apple keyboard by Command+F', async () => {
    await showing('$')
    expect(press('F', { ctrlKey: true, shiftKey: true }).defaultPrevented).to.equal(true)
    expect(stage.eventsOf('search')).to.have.length(1)
    press('f', { ctrlKey: true })
    expect(stage.eventsOf('search')).to.have.length(1)
    stage.remove()
    await showing('$', { platform: 'apple' })
    press('f', { metaKey: true })
    expect(stage.eventsOf('search')).to.have.length(1)
  })
})

describe('text size by keys', () => {
  for (const [platform, modifier] of [
    ['other', 'ctrlKey'],
    ['windows', 'ctrlKey'],
    ['apple', 'metaKey'],
  ] as const) {
    it(`on ${platform}`, async () => {
      await showing('$', { platform })
      for (const key of ['+', '=', '-', '0'])
        expect(press(key, { [modifier]: true }).defaultPrevented, key).to.equal(true)
      expect(stage.eventsOf('text-size').map(({ change }) => change)).to.deep.equal([1, 1, -1, 0])
      expect(stage.socket.input).to.equal('')
    })
  }
})

describe('a paste', () => {
  for (const [text, bracketed, lines] of [
    ['ls', false, undefined],
    ['ls\n', false, undefined],
    ['ls\r\nrm -r x', false, 2],
    ['ls\nrm -r x\n\n', true, undefined],
    ['x\n'.repeat(60), true, 60],
  ] as const) {
    it(`of ${JSON.stringify(text.slice(0, 12))}${bracketed ? ', bracketed,' : ''} asks about ${lines}`, () =>
      expect(linesToAskAbout(text, bracketed)).to.equal(lines))
  }

  it('of several lines waits for a yes; with bracketed paste it goes at once', async () => {
    await showing('$')
    const paste = (text: string) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', text)
      stage.textarea.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }
    paste('one\ntwo')
    expect(stage.socket.input).to.equal('')
    expect(stage.eventsOf('paste')[0]).to.deep.include({ text: 'one\ntwo', lines: 2 })
    stage.eventsOf('paste')[0]?.accept()
    expect(stage.socket.input).to.equal('one\rtwo')
    stage.socket.bytes('\x1b[?2004h!')
    await stage.parsed((screen) => screen.endsWith('!'))
    paste('one\ntwo')
    expect(stage.socket.input).to.equal('one\rtwo\x1b[200~one\rtwo\x1b[201~')
  })
})

describe('the clipboard of a program in the lab (OSC 52)', () => {
  for (const [data, text] of [
    ['c;aGVsbG8=', 'hello'],
    [';8J+Yig==', '😊'],
    ['c;?', undefined],
    ['c;!!!', undefined],
    ['c;/w==', undefined],
    ['aGVsbG8=', undefined],
    [`c;${'QUFB'.repeat(400_000)}`, undefined],
  ] as const) {
    it(`${data.slice(0, 14)} is ${text}`, () => expect(clipboardText(data)).to.equal(text))
  }

  for (const [title, clipboard, focused, copied] of [
    ['is off by default', undefined, true, []],
    ['is written where the author allows it', 'write', true, ['hello']],
    ['is left alone while the person is elsewhere', 'write', false, []],
  ] as const) {
    it(title, async () => {
      const written: string[] = []
      const own = Object.getOwnPropertyDescriptor(navigator, 'clipboard')
      Object.defineProperty(navigator, 'clipboard', {
        configurable: true,
        value: { writeText: async (text: string) => written.push(text) },
      })
      await showing('$', clipboard ? { clipboard } : {})
      if (focused) stage.display.focus()
      stage.socket.bytes('\x1b]52;c;aGVsbG8=\x07\x1b]52;c;?\x07!')
      await stage.parsed((text) => text.endsWith('!'))
      if (own) Object.defineProperty(navigator, 'clipboard', own)
      else Reflect.deleteProperty(navigator, 'clipboard')
      expect(written).to.deep.equal(copied)
      expect(stage.socket.input).to.equal('')
    })
  }
})

describe('keys for touch', () => {
  it('are what the program asked for', async () => {
    await showing('$')
    for (const key of ['Escape', 'Tab', 'ArrowUp', 'ArrowLeft'] as const) stage.display.press?.([key])
    expect(stage.socket.input).to.equal('\x1b\t\x1b[A\x1b[D')
    stage.socket.bytes('\x1b[?1h!')
    await stage.parsed((text) => text.endsWith('!'))
    stage.display.press?.(['ArrowDown'])
    expect(stage.socket.input.endsWith('\x1bOB')).to.equal(true)
    for (const [keys, sent] of [
      ['ArrowRight', '\x1b[C'],
      ['Control ArrowLeft', '\x1b[1;5D'],
      ['Alt ArrowUp', '\x1b[1;3A'],
      ['Alt Control ArrowUp', '\x1b[1;7A'],
      ['Alt Escape', '\x1b\x1b'],
      ['Enter', '\r'],
      ['Control c', '\x03'],
      ['Alt b', '\x1bb'],
      ['F13', ''],
      ['', ''],
    ] as const) {
      expect(keySequence(keys.split(' '), false), keys).to.equal(sent)
    }
  })

  it('modifiers hold for what is typed next, and tell that they are let go', async () => {
    await showing('$')
    stage.display.hold?.(['Control'])
    stage.display.send('c')
    stage.display.send('c')
    expect(stage.socket.input).to.equal('\x03c')
    expect(stage.eventsOf('released')).to.have.length(1)
    stage.display.hold?.(['Alt'])
    stage.display.press?.(['Alt', 'ArrowUp'])
    stage.display.send('b')
    expect(stage.socket.input).to.equal('\x03c\x1b[1;3Ab')
    expect(stage.eventsOf('released')).to.have.length(1)
    expect(['a', 'ä', 'ab'].map((text) => withModifiers(text, ['Alt', 'Control']))).to.deep.equal([
      '\x1b\x01',
      '\x1bä',
      'ab',
    ])
    expect(['a', 'Z', '[', ' ', '?', 'ä', 'ab'].map((text) => withModifiers(text, ['Control']))).to.deep.equal([
      '\x01',
      '\x1a',
      '\x1b',
      '\x00',
      '\x7f',
      'ä',
      'ab',
    ])
  })
})

describe('widths', () => {
  for (const [title, text, cells] of [
    ['an emoji', '🎉', 2],
    ['an emoji of Unicode 11', '🥳', 2],
    ['a Chinese character', '漢', 2],
    ['an accent that combines', 'e\u0301', 1],
    ['a joiner of no width', 'a\u200d', 1],
  ] as const) {
    it(`${title} takes ${cells}`, async () => {
      const cursor = async (widths: boolean) => {
        const { Terminal } = await import('@xterm/xterm')
        const terminal = new Terminal({ allowProposedApi: true })
        if (widths) {
          terminal.loadAddon(new Unicode11Addon())
          terminal.unicode.activeVersion = '11'
        }
        await new Promise<void>((resolve) => terminal.write(text, resolve))
        const { cursorX } = terminal.buffer.active
        terminal.dispose()
        return cursorX
      }
      expect(await cursor(true)).to.equal(cells)
    })
  }
})

/** The browser of the tests paints WebGL in software, which the display itself would not use. */
describe('painting by WebGL', () => {
  const canvases = () => stage.root.querySelectorAll('.xterm-screen canvas:not(.xterm-link-layer)').length
  const painting = (count: number) =>
    waitUntil(() => canvases() === count, `${canvases()} canvases`, { timeout: 8_000 })

  it('begins after the first characters, shows the same text, and leaves nothing behind', async () => {
    await showing('painted', { hasGpu: true })
    await painting(1)
    expect(stage.root.querySelector('.xterm-rows')).to.equal(null)
    expect(stage.display.getText()).to.equal('painted')
    const context = stage.root
      .querySelector<HTMLCanvasElement>('.xterm-screen canvas:not(.xterm-link-layer)')
      ?.getContext('webgl2')
    expect(context?.isContextLost()).to.equal(false)
    stage.display.update({ ...APPEARANCE, theme: 'light' })
    stage.display.dispose()
    expect(context?.isContextLost()).to.equal(true)
    expect(stage.container.childElementCount).to.equal(0)
  })

  it('fills the terminal again where its cells are of another width than those of the DOM', async () => {
    await showing('wide', { hasGpu: true, style: 'width: 900px; height: 200px' })
    await painting(1)
    const widthOf = (name: string) => stage.find(name).getBoundingClientRect().width
    const left = () => {
      const cell = widthOf('.xterm-screen') / Number(stage.socket.messagesOf('resize').at(-1)?.['cols'] ?? 80)
      return (widthOf('.lab-xterm') - 14 - widthOf('.xterm-screen')) / cell
    }
    await waitUntil(() => left() >= 0 && left() < 1, `${left()} cells more would fit`)
  })

  it('goes back to the DOM where the browser takes the context away', async () => {
    await showing('kept', { hasGpu: true })
    await painting(1)
    const canvas = stage.root.querySelector<HTMLCanvasElement>('.xterm-screen canvas:not(.xterm-link-layer)')
    canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
    await painting(0)
    await waitUntil(() => stage.root.querySelector('.xterm-rows')?.textContent?.includes('kept'), 'the DOM shows it')
  })

  it('gives the context back when nobody sees the terminal, and takes it again', async () => {
    await showing('seen', { hasGpu: true })
    await painting(1)
    stage.page.style.display = 'none'
    await waitUntil(() => stage.clock.pending > pendingOfLink, 'it waits a moment')
    stage.clock.advance(5_000)
    await painting(0)
    stage.page.style.display = ''
    await painting(1)
  })

  it('leaves the twentieth terminal of a page to the DOM: contexts are few', async () => {
    for (let each = 0; each < 20; each++) {
      const terminal = await showing(`terminal ${each}`, { hasGpu: true, style: 'width: 200px; height: 40px' })
      others.push(terminal)
    }
    const contexts = () =>
      others.filter(({ root }) => root.querySelector('.xterm-screen canvas:not(.xterm-link-layer)') !== null).length
    await waitUntil(() => contexts() === 6, `${contexts()} contexts`, { timeout: 8_000 })
    for (const [each, { display }] of others.entries()) expect(display.getText()).to.equal(`terminal ${each}`)
  })
})

/** Timers of a link that is attached. */
const pendingOfLink = 1
