import { expect, waitUntil } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { DisplayRegistry } from '../../src/display/display.js'
import { SCHEMES } from '../../src/display/schemes.js'
import { isFontReady, loadFont } from '../../src/display/xterm/fonts.js'
import { webAddress } from '../../src/display/xterm/links.js'
import { xtermLoader } from '../../src/display/xterm/loader.js'
import { missingScheme, OWN_SCHEMES, scheme, themeOf } from '../../src/display/xterm/themes.js'
import { ManualClock } from './fakes/manual-clock.js'
import { APPEARANCE, cellsIn, frames, Stage, type StageOptions } from './fakes/stage.js'

let stage: Stage

function setUp(options: StageOptions = {}): Stage {
  stage = new Stage(options)
  return stage
}

afterEach(() => stage?.remove())

/** xterm's own, and those in the place of its style elements. */
const SHEETS = 4

describe('the text of the screen', () => {
  for (const [title, output, text] of [
    ['nothing', '', ''],
    ['blanks at the end', 'one   \r\n   two \r\n\r\n  \r\n', 'one\n   two'],
    ['empty lines between', '\r\na\r\n\r\nb', '\na\n\nb'],
    ['a wrapped line', `${'x'.repeat(200)}\r\ny`, `${'x'.repeat(200)}\ny`],
    ['a wide character at the edge', `${'x'.repeat(73)}🎉🎉\r\n`, `${'x'.repeat(73)}🎉🎉`],
    ['blanks where a line wraps', `${'x'.repeat(70)}        y`, `${'x'.repeat(70)}        y`],
    ['accents that combine', 'e\u0301', 'e\u0301'],
    ['scrollback', Array.from({ length: 500 }, (_, line) => `${line}`).join('\r\n'), lines(500)],
  ] as const) {
    it(`has ${title}`, async () => {
      setUp().attach().bytes(`${output}\x1b]2;done\x07`)
      await stage.parsed(() => stage.eventsOf('title').length > 0)
      expect(stage.display.getText()).to.equal(text)
    })
  }

  it('keeps as many lines as asked for', async () => {
    setUp({ scrollback: 10 }).attach().bytes(lines(100).replaceAll('\n', '\r\n'))
    await stage.parsed((text) => text.endsWith('99'))
    expect(stage.display.getText().split('\n')).to.have.length(10 + (await cellsIn(640, 320)).rows)
  })
})

describe('events', () => {
  it('a title is told without what cannot be shown, and not at any length', async () => {
    setUp()
      .attach()
      .bytes(`\x1b]2;a\u202eb\x07\x1b]2;${'x'.repeat(1_000)}\x07\x07!`)
    await stage.parsed((text) => text === '!')
    expect(stage.eventsOf('title').map(({ title }) => title)).to.deep.equal(['ab', 'x'.repeat(200)])
    expect(stage.eventsOf('bell')).to.have.length(1)
  })
})

describe('size', () => {
  for (const [title, wrap] of [
    ['a transform', 'transform: scale(0.5) rotate(3deg)'],
    ['a scroller', 'height: 100px; overflow: auto'],
    ['a zoomed page', 'zoom: 1'],
    ['right-to-left text', 'direction: rtl'],
  ] as const) {
    it(`is the same inside ${title}`, async () => {
      const parent = document.createElement('div')
      parent.style.cssText = wrap
      document.body.append(parent)
      setUp({ parent })
      expect(stage.attach().messages[0]).to.deep.equal({ type: 'attach', ...(await cellsIn(640, 320)) })
      parent.remove()
    })
  }

  it('never spills over the container, nor grows it', async () => {
    setUp({ style: 'width: 333px; height: 217px' })
    stage.attach().message({ type: 'resized', cols: 200, rows: 60 })
    await stage.parsed()
    await frames()
    expect(stage.container.getBoundingClientRect()).to.include({ width: 333, height: 217 })
    expect(stage.container.scrollWidth).to.equal(333)
    expect(stage.container.scrollHeight).to.equal(217)
  })

  it('follows the font', async () => {
    const socket = setUp().attach()
    stage.display.update({ ...APPEARANCE, fontSize: 28 })
    await frames(3)
    const resize = socket.messagesOf('resize')[0]
    expect(resize).to.deep.equal({ type: 'resize', ...(await cellsIn(640, 320, 28)) })
  })

  it('survives being moved, with its screen, link and style', async () => {
    const socket = setUp().attach()
    socket.bytes('still here')
    await stage.parsed((text) => text !== '')
    const home = document.createElement('div')
    document.body.append(home)
    home.append(stage.page)
    await frames(3)
    expect(stage.root.adoptedStyleSheets).to.have.length(SHEETS)
    expect(stage.display.getText()).to.equal('still here')
    expect(stage.eventsOf('closed')).to.be.empty
    expect(socket.messagesOf('resize')).to.be.empty
    stage.display.send('x')
    expect(socket.input).to.equal('x')
    home.remove()
  })

  it('of a container that comes into the page later is found, and styled, there', async () => {
    const container = document.createElement('div')
    container.style.cssText = 'width: 640px; height: 320px'
    setUp({ container })
    const socket = stage.attach()
    expect(socket.messages[0]).to.deep.include({ cols: 80, rows: 24 })
    stage.root.append(container)
    await frames(3)
    expect(stage.root.adoptedStyleSheets).to.have.length(SHEETS)
    expect(getComputedStyle(stage.find('.lab-xterm')).position).to.equal('absolute')
    expect(socket.messagesOf('resize')).to.deep.equal([{ type: 'resize', ...(await cellsIn(640, 320)) }])
  })

  it('fits at 320 px', async () => {
    await setViewport({ width: 320, height: 480 })
    setUp({ style: 'width: 100%; height: 200px' })
    expect(stage.attach().messages[0]).to.deep.include({ type: 'attach', rows: (await cellsIn(320, 200)).rows })
    expect(document.documentElement.scrollWidth).to.be.at.most(320)
    await setViewport({ width: 800, height: 600 })
  })
})

describe('looks', () => {
  it('a scheme is complete, and readable by itself', () => {
    const others = Object.entries(SCHEMES).map(([name, colours]) => [name, scheme(colours)] as const)
    const { dark, light } = Object.fromEntries(others)
    expect({ dark, light }, 'the same wherever they come from').to.deep.equal(OWN_SCHEMES)
    for (const [name, each] of [...Object.entries(OWN_SCHEMES), ...others]) {
      expect(each.ansi, name).to.have.length(16)
      const colours = [each.foreground, each.background, each.cursor, ...each.ansi]
      for (const colour of colours) expect(colour, name).to.match(/^#[0-9a-f]{6}$/)
      expect(each.selection, name).to.match(/^#[0-9a-f]{8}$/)
      expect(contrast(each.foreground, each.background), name).to.be.at.least(4.5)
      expect(contrast(each.cursor, each.background), name).to.be.at.least(3)
    }
  })

  it('a scheme is fetched when it is asked for, before the terminal opens', async () => {
    setUp({ appearance: { ...APPEARANCE, theme: 'gruvbox-light' } }).connectLater()
    await waitUntil(() => stage.sockets.length > 0, 'it opens')
    expect(getComputedStyle(stage.find('.lab-xterm')).backgroundColor).to.equal('rgb(251, 241, 199)')
    stage.display.update({ ...APPEARANCE, theme: 'solarized-dark' })
    await frames()
    expect(getComputedStyle(stage.find('.lab-xterm')).backgroundColor).to.equal('rgb(0, 43, 54)')
  })

  it('an unknown scheme is dark', async () => {
    await missingScheme('toString')
    expect(missingScheme('dark')).to.equal(undefined)
    expect(themeOf('toString')).to.deep.equal(themeOf('dark'))
    expect(themeOf('solarized-light')).to.include({ background: '#fdf6e3', brightWhite: '#fdf6e3' })
  })

  it('a new scheme keeps the screen, and lifts what it makes unreadable', async () => {
    setUp().attach().bytes('\x1b[33mpale\x1b[0m')
    await stage.parsed((text) => text !== '')
    stage.display.update({ ...APPEARANCE, theme: 'light' })
    await frames(3)
    expect(stage.display.getText()).to.equal('pale')
    expect(getComputedStyle(stage.find('.lab-xterm')).backgroundColor).to.equal('rgb(255, 255, 255)')
    const { color } = getComputedStyle(stage.find('.xterm-fg-3, .xterm-rows span'))
    expect(contrast(hex(color), '#ffffff')).to.be.at.least(4.5)
  })

  it('a font that is slow to come keeps the terminal waiting, but not for ever', async () => {
    const clock = new ManualClock()
    const never: Pick<FontFaceSet, 'load'> = { load: () => new Promise(() => {}) }
    let waited = false
    const fonts = new Proxy(document.fonts, { get: (target, key) => Reflect.get(key === 'load' ? never : target, key) })
    void loadFont(fonts, '14px Slow', 1_500, clock).then(() => {
      waited = true
    })
    clock.advance(1_499)
    await Promise.resolve()
    expect(waited).to.equal(false)
    clock.advance(1)
    await Promise.resolve()
    expect(waited).to.equal(true)
    expect(isFontReady(document.fonts, '14px monospace')).to.equal(true)
    expect(isFontReady(document.fonts, 'no font at all')).to.equal(true)
  })

  it('waits for a web font before it measures, connects then, and only if still wanted', async () => {
    const face = new FontFace('Slow', 'url(data:font/woff2;base64,AAAA)')
    document.fonts.add(face)
    setUp({ appearance: { ...APPEARANCE, fontFamily: 'Slow, monospace' } })
    expect(stage.container.querySelector('textarea')).to.equal(null)
    stage.display.focus()
    stage.display.connect({ ticket: 'a', url: 'ws://x', subprotocol: 'lab-ssh.v1', expiresAt: '' }, AbortSignal.abort())
    const signal = new AbortController().signal
    stage.display.connect({ ticket: 'b', url: 'ws://x', subprotocol: 'lab-ssh.v1', expiresAt: '' }, signal)
    expect(stage.sockets).to.be.empty
    await document.fonts.ready
    await stage.parsed()
    expect(stage.sockets.map(({ subprotocols }) => subprotocols[1])).to.deep.equal(['ticket.b'])
    expect(stage.root.activeElement).to.equal(stage.textarea)
    document.fonts.delete(face)
  })
})

describe('links', () => {
  for (const [text, address] of [
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['HTTP://EXAMPLE.org', 'http://example.org/'],
    ['mailto:kurs@example.org', 'mailto:kurs@example.org'],
    ['javascript:alert(1)', undefined],
    ['JavaScript:alert(1)', undefined],
    ['\tjava\nscript:alert(1)', undefined],
    ['vbscript:x', undefined],
    ['blob:https://example.org/x', undefined],
    ['data:text/html,x', undefined],
    ['file:///etc/passwd', undefined],
    ['//example.org', undefined],
    ['no address', undefined],
  ] as const) {
    it(`${text} opens ${address}`, () => expect(webAddress(text)).to.equal(address))
  }

  for (const [title, output, platform, keys, opened] of [
    ['plain, Ctrl+click', 'https://example.org/x', 'other', { ctrlKey: true }, ['https://example.org/x']],
    ['plain, click', 'https://example.org/x', 'other', {}, []],
    ['plain, Command+click', 'https://example.org/x', 'apple', { metaKey: true }, ['https://example.org/x']],
    [
      'OSC 8',
      '\x1b]8;;https://example.org/y\x07harmless words\x1b]8;;\x07',
      'other',
      { ctrlKey: true },
      ['https://example.org/y'],
    ],
    ['OSC 8, a script', '\x1b]8;;javascript:alert(1)\x07harmless words\x1b]8;;\x07', 'other', { ctrlKey: true }, []],
  ] as const) {
    it(`${title}`, async () => {
      // Links come after the first paint.
      await import('../../src/display/xterm/extras.js')
      setUp({ platform }).attach().bytes(output)
      await stage.parsed((text) => text !== '')
      await frames(3)
      const screen = stage.find('.xterm-screen')
      const box = screen.getBoundingClientRect()
      const at = {
        clientX: box.left + 30,
        clientY: box.top + 8,
        bubbles: true,
        composed: true,
        cancelable: true,
        ...keys,
      }
      screen.dispatchEvent(new MouseEvent('mousemove', at))
      const { title: shown } = stage.find('.lab-xterm')
      expect(shown.includes('https://example.org')).to.equal(!output.includes('javascript'))
      screen.dispatchEvent(new MouseEvent('mousedown', at))
      screen.dispatchEvent(new MouseEvent('mouseup', at))
      expect(stage.opened).to.deep.equal(opened)
    })
  }
})

describe('accessibility', () => {
  for (const screenReader of [false, true]) {
    it(`has no violation${screenReader ? ' for screen readers' : ''}`, async () => {
      setUp({ appearance: { ...APPEARANCE, screenReader } })
      stage.attach().bytes('$ ls\r\nfile\r\n$ ')
      await stage.parsed((text) => text !== '')
      await frames(3)
      await expect(stage.page).to.be.accessible()
      expect(stage.textarea.getAttribute('aria-label')).to.equal(APPEARANCE.label)
    })
  }

  it('reads the screen out once asked to, and names itself anew', async () => {
    setUp().attach().bytes('hello reader')
    await stage.parsed((text) => text !== '')
    expect(stage.container.querySelector('.xterm-accessibility')).to.equal(null)
    stage.display.update({ ...APPEARANCE, screenReader: true, label: 'Konsole' })
    for (let turn = 0; turn < 100 && !stage.find('.xterm-accessibility').textContent?.includes('reader'); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(stage.find('.xterm-accessibility').textContent).to.include('hello reader')
    expect(stage.textarea.getAttribute('aria-label')).to.equal('Konsole')
  })
})

describe('the loader', () => {
  it('brings the display when it is asked for', async () => {
    const registry = new DisplayRegistry()
    registry.register(xtermLoader)
    const create = await registry.load('xterm')
    setUp()
    stage.display.dispose()
    const display = create({ container: stage.container, appearance: APPEARANCE, readOnly: false, notify: () => {} })
    expect(display.kind).to.equal('xterm')
    expect(stage.container.querySelector('textarea')).not.to.equal(null)
    display.dispose()
  })
})

function lines(count: number): string {
  return Array.from({ length: count }, (_, line) => `${line}`).join('\n')
}

/** WCAG 2.1 contrast ratio of two #rrggbb colours. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function hex(rgb: string): string {
  return `#${(rgb.match(/\d+/g) ?? [])
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`
}
