import { expect, waitUntil } from '@open-wc/testing'
import { type Cell, type Key, PredictedLine, type Truth } from '../../src/display/xterm/echo/predicted-line.js'
import { APPEARANCE, frames, Stage } from './fakes/stage.js'

const print = (text: string, width = 1): Key => ({ type: 'print', cell: { text, width } })
const ERASE: Key = { type: 'erase' }
const OTHER: Key = { type: 'other' }

/** A line with the cursor at its end. */
function truth(line: string, x = line.length, cols = 20): Truth {
  return { x, cols, from: (column) => line.slice(column) }
}

function begun(...keys: Key[]): PredictedLine {
  const line = PredictedLine.begin(truth('$ '))
  if (!line) throw new Error('nothing was predicted')
  for (const key of keys) line.press(key, 20, 0)
  return line
}

const shown = (line: PredictedLine) => line.overlay && textOf(line.overlay.cells)
const textOf = (cells: readonly Cell[]) => cells.map(({ text }) => text).join('')

describe('what a line will look like', () => {
  it('is told by nobody before the first key was echoed', () => {
    const line = begun(print('l'), print('s'))
    expect(line.overlay).to.equal(undefined)
    expect(line.follow(truth('$ l'), 80)).to.deep.equal({ over: false, echoMs: 80 })
    expect(line.overlay).to.deep.equal({ x: 3, cells: [{ text: 's', width: 1 }], erased: 0 })
    line.follow(truth('$ ls'), 90)
    expect(line.overlay).to.equal(undefined)
    line.press(print('x'), 20, 100)
    expect(shown(line)).to.equal('x')
  })

  it('does not begin in the middle of a line', () => {
    expect(PredictedLine.begin(truth('$ rm -rf', 2))).to.equal(undefined)
  })

  it('is over as soon as the truth is another one', () => {
    for (const other of [truth('$ X'), truth('$ lX'), truth('$ l', 2), truth('$ l hint', 3), truth('Password: ')]) {
      expect(begun(print('l'), print('s')).follow(other, 1).over, other.from(0)).to.equal(true)
    }
  })

  it('takes back what was typed on this line, and nothing before', () => {
    const line = begun(print('a'), print('b'))
    line.follow(truth('$ ab'), 1)
    line.press(ERASE, 20, 2)
    expect(line.overlay).to.deep.equal({ x: 3, cells: [], erased: 1 })
    line.press(print('c'), 20, 2)
    expect(line.overlay).to.deep.equal({ x: 3, cells: [{ text: 'c', width: 1 }], erased: 0 })
    for (let count = 0; count < 3; count++) line.press(ERASE, 20, 3)
    expect(line.overlay, 'the prompt stays').to.deep.equal({ x: 2, cells: [], erased: 2 })
    expect(line.follow(truth('$ '), 4).over, 'behind a key too many').to.equal(true)
  })

  it('does not take letters that were typed and erased for an echo', () => {
    const line = begun(print('p'), ERASE)
    expect(line.follow(truth('$ '), 500)).to.deep.equal({ over: false })
    line.press(print('q'), 20, 600)
    expect(line.overlay).to.equal(undefined)
  })

  it('ends before the last column, where a program wraps as it likes', () => {
    const line = begun(...[...'abcdefghijklmnopqrst'].map((letter) => print(letter)))
    line.follow(truth('$ a'), 1)
    expect(shown(line)).to.equal('bcdefghijklmnopq')
  })

  it('keeps what was typed before a key that may do anything, until something comes', () => {
    const line = begun(print('l'), print('s'))
    line.follow(truth('$ l'), 1)
    line.press(OTHER, 20, 2)
    line.press(print('q'), 20, 2)
    expect(shown(line)).to.equal('s')
    expect(line.follow(truth('$ l'), 3).over).to.equal(true)
  })

  it('counts wide characters as two columns', () => {
    const line = begun(print('漢', 2), print('字', 2))
    // Both columns of a wide character are one in a string, as xterm tells it.
    line.follow({ x: 4, cols: 20, from: (x) => '$ 漢'.slice(x) }, 1)
    expect(line.overlay).to.deep.equal({ x: 4, cells: [{ text: '字', width: 2 }], erased: 0 })
  })
})

describe('typing on a slow link', () => {
  let stage: Stage
  const shows = () => stage.root.querySelector('.lab-echo')?.textContent ?? 'no layer'

  async function setUp(localEcho = true): Promise<void> {
    await Promise.all([
      import('../../src/display/xterm/extras.js'),
      import('../../src/display/xterm/echo/local-echo.js'),
    ])
    stage = new Stage({ appearance: { ...APPEARANCE, localEcho } })
    stage.attach().bytes('$ ')
    if (localEcho) await waitUntil(() => shows() === '', 'the layer', { timeout: 60_000 })
    else await stage.parsed((text) => text.startsWith('$'))
  }

  /** The host answers, so many milliseconds after. */
  async function echo(bytes: string, ms = 100): Promise<void> {
    const before = stage.display.getText()
    stage.clock.advance(ms)
    stage.socket.bytes(bytes)
    await stage.parsed((text) => text !== before)
  }

  afterEach(() => stage.remove())

  it('shows keys at once, underlined, over the terminal and never in it', async () => {
    await setUp()
    stage.display.focus()
    stage.display.send('l')
    expect(shows()).to.equal('')
    await echo('l')
    stage.display.send('s')
    stage.display.send(' ')
    expect(shows()).to.equal('s ')
    expect(stage.display.getText().trimEnd()).to.equal('$ l')
    expect(stage.socket.input).to.equal('ls ')
    await frames()
    const first = stage.find('.lab-echo > span')
    expect(getComputedStyle(first).textDecorationLine).to.equal('underline')
    const [cursor, cell] = [stage.find('.xterm-cursor').getBoundingClientRect(), first.getBoundingClientRect()]
    expect(Math.abs(cursor.left - cell.left)).to.be.lessThan(1)
    expect(Math.abs(cursor.top - cell.top)).to.be.lessThan(1)
    await echo('s ')
    expect(shows()).to.equal('')
  })

  it('shows nothing where the host is quick', async () => {
    await setUp()
    for (const letter of 'abc') {
      stage.display.send(letter)
      expect(shows()).to.equal('')
      await echo(letter, 20)
    }
  })

  it('shows nothing of a password, and nothing after it for long', async () => {
    await setUp()
    stage.display.send('s')
    await echo('s')
    stage.display.send('u\r')
    expect(shows()).to.equal('u')
    await echo('u\r\nPassword: ')
    for (const letter of 'secret') {
      stage.display.send(letter)
      expect(shows()).to.equal('')
      stage.clock.advance(100)
    }
    stage.display.send('\r')
    await echo('\r\n# ')
    expect(shows()).to.equal('')
  })

  it('takes back what never comes', async () => {
    await setUp()
    stage.display.send('a')
    await echo('a')
    stage.display.send('b')
    expect(shows()).to.equal('b')
    stage.clock.advance(5_000)
    expect(shows()).to.equal('')
  })

  it('is gone where the same prompt comes again in the same place', async () => {
    await setUp()
    // In the last row, where a new line scrolls the screen and the cursor stays.
    await echo(`${'\r\n'.repeat(100)}$ `)
    stage.display.send('l')
    await echo('l')
    stage.display.send('s\r')
    expect(shows()).to.equal('s')
    await echo('s\r\n$ l')
    expect(shows()).to.equal('')
  })

  for (const [what, change] of Object.entries({
    'another size': () => stage.socket.message({ type: 'resized', cols: 50, rows: 10 }),
    'another screen': () => stage.socket.bytes('\x1b[?1049h'),
    'another link': () => stage.attach(),
    'the switch in the menu': () => stage.display.update({ ...APPEARANCE, localEcho: false }),
  })) {
    it(`${what} takes it away`, async () => {
      await setUp()
      stage.display.send('a')
      await echo('a')
      stage.display.send('b')
      expect(shows()).to.equal('b')
      change()
      await waitUntil(() => shows() === '' || shows() === 'no layer', 'gone', { timeout: 60_000 })
    })
  }

  it('is not there where nobody wants it', async () => {
    await setUp(false)
    stage.display.send('a')
    await echo('a')
    stage.display.send('b')
    expect(shows()).to.equal('no layer')
  })
})
