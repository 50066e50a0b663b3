import { expect } from '@open-wc/testing'
import { Terminal } from '@xterm/xterm'
import { guard } from '../../src/display/xterm/guards.js'
import { charProperties, linksHeld } from '../../src/display/xterm/internals.js'
import { frames, Stage } from './fakes/stage.js'

const MEGABYTES = 10
const LONG = 'y'.repeat(64 * 1024)

/** Each would take minutes or gigabytes, or throw, without the guards. */
const FLOODS: Record<string, string> = {
  'scroll up without end': '\x1b[2147483647S'.repeat(50),
  'scroll down without end': '\x1b[2147483647T'.repeat(50),
  'insert lines without end': '\x1b[2147483647L'.repeat(50),
  'delete lines without end': '\x1b[2147483647M'.repeat(50),
  'tab without end': '\x1b[2147483647I\x1b[2147483647Z'.repeat(50),
  'repeat without end': 'x\x1b[2147483647b'.repeat(5),
  'insert, delete, erase, move without end':
    '\x1b[2147483647@\x1b[2147483647P\x1b[2147483647X\x1b[2147483647A\x1b[2147483647B',
  'a cell of combining characters': `e${'\u0301'.repeat(20_000)}`,
  'links without end': '\x1b]8;;https://example.org/x\x07x\x1b]8;;\x07'.repeat(20_000),
  'titles without end': '\x1b]2;title\x07'.repeat(20_000),
  'titles without end on the stack': '\x1b]2;title\x07\x1b[22t'.repeat(20_000),
  'bells without end': '\x07'.repeat(100_000),
  'colours without end': '\x1b]4;1;#123456\x07'.repeat(5_000),
  'styles without end': '\x1b[1;3;4:3;58:2::1:2:3;38:2::1:2:3mx'.repeat(20_000),
  'two screens in turns': '\x1b[?1049h\x1b[?1049l'.repeat(5_000),
  'erase up to the very last cell': '\x1b[?1049h\x1b[999;999H\x1b[1J\x1b[999;999Hx\x1b[1J\x1b[?1J',
}

/** A sequence that goes on for ten megabytes, and what ends it. */
const ENDLESS: Record<string, [begin: string, end: string]> = {
  'a title': ['\x1b]2;', '\x07'],
  'a link': ['\x1b]8;;https://example.org/', '\x07'],
  'a clipboard': ['\x1b]52;c;', '\x07'],
  'an OSC that nobody knows': ['\x1b]7777;', '\x1b\\'],
  'a DCS that xterm knows': ['\x1bP$q', '\x1b\\'],
  'a DCS that nobody knows': ['\x1bPz', '\x1b\\'],
  'an APC': ['\x1b_', '\x1b\\'],
  'a PM': ['\x1b^', '\x1b\\'],
  'a CSI of parameters': ['\x1b[1;', 'm'],
}

describe('hostile output', function () {
  this.timeout(120_000)
  let stage: Stage
  const errors: string[] = []
  const onError = (event: ErrorEvent) => errors.push(event.message)

  beforeEach(() => {
    errors.length = 0
    window.addEventListener('error', onError)
    stage = new Stage()
    stage.attach()
  })
  afterEach(() => {
    window.removeEventListener('error', onError)
    stage.remove()
    expect(errors).to.deep.equal([])
  })

  for (const [name, output] of Object.entries(FLOODS)) {
    it(`is borne: ${name}`, async () => {
      stage.socket.bytes(`${output}\x1b[?1049l\x18\x1bcgoes on`)
      expect(await stage.parsed((text) => text === 'goes on')).to.equal('goes on')
      stage.display.send('x')
      expect(stage.socket.input).to.equal('x')
    })
  }

  for (const [name, [begin, end]] of Object.entries(ENDLESS)) {
    it(`of ${MEGABYTES} megabytes is borne: ${name}`, async () => {
      stage.socket.bytes(`before\x1b7${begin}`)
      const filler = name.startsWith('a CSI') ? '7;'.repeat(LONG.length / 2) : LONG
      for (let sent = 0; sent < MEGABYTES * 1_000_000; sent += filler.length) {
        stage.socket.bytes(filler)
        await new Promise((resolve) => setTimeout(resolve))
      }
      stage.socket.bytes(`${end}\x1b8\x1b[0m after`)
      expect(await stage.parsed((text) => text.endsWith('after'))).to.equal('before after')
      for (const { title } of stage.eventsOf('title')) expect(title.length).to.be.at.most(200)
    })
  }

  it('leaves the page its turns: a frame that clears the screen 20,000 times is parsed in slices', async () => {
    stage.socket.bytes(`${'\x1bc'.repeat(20_000)}cleared`)
    let turns = 0
    while (stage.display.getText() !== 'cleared') {
      await new Promise((resolve) => setTimeout(resolve))
      turns++
    }
    expect(turns).to.be.at.least(8)
  })

  it('random bytes throw nothing, and the terminal goes on', async () => {
    let seed = 11
    const noise = Uint8Array.from({ length: 300_000 }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return seed % 7 === 0 ? 0x1b : (seed >>> 16) & 0xff
    })
    stage.socket.bytes(noise)
    stage.socket.bytes('\x18\x1b\\\x1b[?1049l\x1bcstill here')
    expect(await stage.parsed((text) => text === 'still here')).to.equal('still here')
  })

  it('draws into the page nothing but text', async () => {
    stage.socket.bytes('<img src=x onerror="window.hacked=1">\x1b]2;<img src=x onerror="window.hacked=1">\x07')
    await stage.parsed((text) => text.includes('hacked'))
    await frames(3)
    expect(stage.root.querySelector('img')).to.equal(null)
    expect(Reflect.get(window, 'hacked')).to.equal(undefined)
  })
})

describe('the inside of xterm', () => {
  it('is where the guards look for it', async () => {
    const terminal = new Terminal({ allowProposedApi: true })
    expect(charProperties(terminal)?.(0x41, 0)).to.equal(2)
    expect(linksHeld(terminal)).to.equal(0)
    await new Promise<void>((resolve) => terminal.write('\x1b]8;;https://example.org/\x07x\x1b]8;;\x07', resolve))
    expect(linksHeld(terminal)).to.equal(1)
    terminal.dispose()
  })
})

describe('what the page holds of hostile output', () => {
  let terminal: Terminal
  const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve))
  beforeEach(() => {
    terminal = new Terminal({ allowProposedApi: true })
    guard(terminal)
  })
  afterEach(() => terminal.dispose())

  it('a string of 16 kB at most, which is dropped as soon as it is longer', async () => {
    const heard: string[] = []
    terminal.parser.registerOscHandler(7777, (data) => heard.push(data) > 0)
    terminal.parser.registerDcsHandler({ final: 'z' }, (data) => heard.push(data) > 0)
    await write('\x1b]7777;short\x07\x1bPzshort\x1b\\')
    expect(heard).to.deep.equal(['short', 'short'])
    for (const begin of ['\x1b]7777;', '\x1bPz']) {
      await write(begin)
      for (let sent = 0; sent < 5; sent++) await write('y'.repeat(4_000))
      await write('\x1b\\')
    }
    await write('\x1b]7777;again\x07after')
    expect(heard).to.deep.equal(['short', 'short', 'again'])
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).to.equal('after')
  })

  it('an image as it comes: what decodes it has bounds of its own', async () => {
    const heard: number[] = []
    terminal.parser.registerOscHandler(1337, ({ length }) => heard.push(length) > 0)
    terminal.parser.registerDcsHandler({ final: 'q' }, ({ length }) => heard.push(length) > 0)
    for (const begin of ['\x1b]1337;', '\x1bPq']) await write(`${begin}${'y'.repeat(100_000)}\x1b\\`)
    expect(heard).to.deep.equal([100_000, 100_000])
  })

  it('no link of a screen that was reset', async () => {
    await write('\x1b]8;;https://example.org/\x07x\x1b]8;;\x07'.repeat(1_500))
    expect(linksHeld(terminal)).to.equal(1_000)
    await write('\x1bc')
    expect(linksHeld(terminal)).to.equal(0)
    await write('\x1b]8;;https://example.org/\x07x\x1b]8;;\x07')
    expect(linksHeld(terminal)).to.equal(1)
  })
})
