import assert from 'node:assert/strict'
import { test } from 'node:test'
import xterm from '@xterm/headless'
import { guard } from '../../src/gateway/guards.js'
import { parseNow } from '../../src/gateway/internals.js'
import { Screen } from '../../src/gateway/screen.js'
import { Segmenter } from '../../src/gateway/segmenter.js'
import { program } from './fixtures/program.js'
import { pieces, Random } from './fixtures/random.js'
import { assertSame, stateOf } from './fixtures/state.js'

const SCROLLBACK = 60

function terminalOf(cols: number, rows: number): xterm.Terminal {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: 'off' })
  guard(terminal)
  return terminal
}

function screenOf(cols: number, rows: number): Screen {
  return new Screen({
    cols,
    rows,
    scrollback: SCROLLBACK,
    answer: () => undefined,
    failed: (cause) => {
      throw cause
    },
  })
}

test('a page that attaches anywhere in a stream, cut anywhere, shows what a page shows that was there all along', () => {
  for (let seed = 1; seed <= 250; seed++) {
    const random = new Random(seed * 7919)
    const cols = 5 + random.below(60)
    const rows = 2 + random.below(20)
    const stream = program(random, 20 + random.below(120), cols, rows)
    const [screen, segmenter] = [screenOf(cols, rows), new Segmenter()]
    const [always, late] = [terminalOf(cols, rows), terminalOf(cols, rows)]
    const chunks = pieces(stream, random, 1 + random.below(60))
    const attach = random.below(chunks.length + 1)
    chunks.forEach((chunk, at) => {
      if (at === attach) {
        parseNow(late, screen.snapshot())
        assertSame(stateOf(late), stateOf(always), `seed ${seed}, at the snapshot`)
      }
      const { passed: whole, shown } = segmenter.push(chunk)
      screen.write(shown)
      parseNow(always, whole)
      if (at >= attach) parseNow(late, whole)
    })
    if (attach < chunks.length) assertSame(stateOf(late), stateOf(always), `seed ${seed}, at the end`)
  }
})

/** What is set before the snapshot, and output after it that shows whether it was restored. */
const RESTORED: Record<string, { before: string; after?: string }> = {
  'colours of text': { before: '\x1b[1;31mred\x1b[48;5;17m on blue\x1b[m plain \x1b[38;2;1;2;3mrgb' },
  'bold and dim apart': { before: '\x1b[1;2mboth\x1b[22;1mbold\x1b[22;2mdim\x1b[m' },
  'underline style and colour': { before: '\x1b[4:3;58:5:9mcurly\x1b[4:1mline\x1b[m' },
  'an underline colour that nothing shows yet': { before: '\x1b[58:5:9mplain', after: '\x1b[4mline' },
  'an underline colour that is the colour of the text': {
    before: '\x1b[38;5;9;4;58:5:9mx\x1b[31m\x1b[38;5;9m',
    after: '\x1b[32mline',
  },
  'colours in use on the alternate screen': { before: '\x1b[31mred\x1b[?1049h', after: 'more' },
  'wrapped lines': { before: 'x'.repeat(45), after: 'y' },
  'a wrapped line that begins with an erased cell': { before: `${'x'.repeat(25)}\r\x1b[X\x1b[A\x1b[20G\x1b[X\x1b[5B` },
  'wide characters at the edge': { before: `${'x'.repeat(19)}漢字`, after: '漢' },
  'background of erased cells': { before: '\x1b[44m\x1b[2J\x1b[5Gx\x1b[K\x1b[m' },
  'cursor position': { before: 'one\r\ntwo\x1b[1;2H', after: 'X' },
  'cursor behind the last column': { before: 'x'.repeat(20), after: 'y' },
  'cursor behind the last column, text below': { before: `\x1b[5Hbelow\x1b[2H${'x'.repeat(20)}`, after: 'y' },
  'cursor behind the last column, colour changed': { before: `${'x'.repeat(20)}\x1b[31m`, after: 'y' },
  'cursor behind the last column of an erased row': { before: `${'x'.repeat(20)}\x1b[2K`, after: 'y' },
  'hidden cursor': { before: '\x1b[?25l' },
  'cursor shape': { before: '\x1b[5 q' },
  'a repeated character': { before: 'a\x1b[32mb', after: '\x1b[3b' },
  'a combining character': { before: 'e', after: '\u0301' },
  'bracketed paste': { before: '\x1b[?2004h' },
  'application cursor keys and keypad': { before: '\x1b[?1h\x1b=' },
  'mouse mode and encoding': { before: '\x1b[?1002h\x1b[?1006h' },
  'focus reports': { before: '\x1b[?1004h' },
  'insert mode': { before: 'abc\x1b[4h\x1b[1;2H', after: 'X' },
  'no wrapping': { before: '\x1b[?7l', after: 'x'.repeat(30) },
  'scroll region': { before: '1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[4;1H', after: '\nscrolled' },
  'scroll region of the screen beneath': {
    before: '1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[?1049h',
    after: '\x1b[?1049l\x1b[3H\nx',
  },
  'origin mode': { before: '\x1b[2;4r\x1b[?6h\x1b[2;3H', after: 'X\x1b[1;1HY' },
  'tab stops': { before: '\x1b[3g\x1b[5G\x1bH\x1b[12G\x1bH\r', after: 'a\tb\tc' },
  'line drawing': { before: '\x1b(0lqk', after: 'x' },
  'line drawing shifted in': { before: '\x1b)0\x0eq', after: 'q\x0fq' },
  'saved cursor': { before: '\x1b[31m\x1b[2;5H\x1b7\x1b[m\x1b[4;1H', after: '\x1b8X' },
  'saved cursor with its character set': { before: '\x1b(0\x1b7\x1b(B\x1b8', after: 'q' },
  'the screen beneath an editor': { before: 'shell$ vi\r\n\x1b[?1049h\x1b[2Jeditor', after: '\x1b[?1049l$ ' },
  'newline mode': { before: '\x1b[20h', after: 'a\nb' },
}

for (const [name, { before, after = '' }] of Object.entries(RESTORED)) {
  test(`restored: ${name}`, () => {
    const [cols, rows] = [20, 6]
    const [screen, always, late] = [screenOf(cols, rows), terminalOf(cols, rows), terminalOf(cols, rows)]
    screen.write(Buffer.from(before))
    parseNow(always, Buffer.from(before))
    // Whatever the page shows is replaced.
    parseNow(late, Buffer.from('old\x1b[?1049h\x1b[?25l\x1b[20h\x1b[2;3r'))
    parseNow(late, screen.snapshot())
    assertSame(stateOf(late), stateOf(always), 'before')
    parseNow(late, Buffer.from(after))
    parseNow(always, Buffer.from(after))
    assertSame(stateOf(late), stateOf(always), 'after')
  })
}

test('scrollback comes back line by line, up to its limit', () => {
  const [screen, late] = [screenOf(20, 5), terminalOf(20, 5)]
  for (let line = 1; line <= 200; line++) screen.write(Buffer.from(`${line}\r\n`))
  parseNow(late, screen.snapshot())
  const { normal } = late.buffer
  const first = normal.getLine(0)?.translateToString(true)
  assert.equal(normal.length, SCROLLBACK + 5)
  assert.equal(first, String(200 - SCROLLBACK - 5 + 2))
})

test('title and colours that a program set come back', () => {
  const screen = screenOf(20, 5)
  screen.write(Buffer.from('\x1b]0;my title\x07\x1b]11;#102030\x07\x1b]4;1;rgb:ff/00/00\x1b\\'))
  const snapshot = screen.snapshot().toString()
  assert.ok(snapshot.includes('\x1b]2;my title\x1b\\'))
  assert.ok(snapshot.includes('\x1b]11;rgb:1010/2020/3030\x1b\\'))
  assert.ok(snapshot.includes('\x1b]4;1;rgb:ffff/0000/0000\x1b\\'))
  screen.write(Buffer.from('\x1b]111\x07\x1b]104;1\x07'))
  assert.doesNotMatch(screen.snapshot().toString(), /1010|ffff/)
})

test('a screen full of colours loses its oldest lines rather than grow without end', () => {
  const screen = new Screen({
    cols: 1000,
    rows: 5,
    scrollback: 5000,
    answer: () => undefined,
    failed: () => assert.fail(),
  })
  const line = Array.from({ length: 1000 }, (_, at) => `\x1b[38;2;${at % 256};1;2m\x1b[48;2;3;${at % 256};4mx`).join('')
  for (let count = 0; count < 300; count++) screen.write(Buffer.from(`${line}\r\n`))
  screen.write(Buffer.from('last line'))
  const snapshot = screen.snapshot()
  assert.ok(snapshot.length < 5 * 1024 * 1024, `${snapshot.length} bytes`)
  assert.match(snapshot.toString(), /last line/)
})

test('after a program that is gone its modes are reset, what it wrote stays, and a new line begins', () => {
  const cases = [
    { left: 'half a line', row: 1, kept: 'half a line' },
    { left: 'one\r\ntwo\r\n', row: 2, kept: 'two' },
    { left: 'shell\r\n\x1b[?1049h\x1b[2J\x1b[3;3Heditor\x1b[2;4r\x1b[?6h\x1b[?1002h\x1b[31m', row: 1, kept: 'shell' },
    { left: 'one\r\ntwo\r\nthree\x1b[1;2H\x1b[?7l\x1b[4h\x1b(0', row: 3, kept: 'three' },
    { left: 'text\x1b]0;unfinished title', row: 1, kept: 'text' },
    { left: 'text\x1bP unfinished', row: 1, kept: 'text' },
  ]
  for (const { left, row, kept } of cases) {
    const [screen, late] = [screenOf(20, 6), terminalOf(20, 6)]
    screen.write(Buffer.from(left))
    parseNow(late, Buffer.from(left))
    parseNow(late, screen.aftermath())
    const restored = terminalOf(20, 6)
    parseNow(restored, screen.snapshot())
    assertSame(stateOf(restored), stateOf(late), left)
    const { active } = late.buffer
    assert.equal(active.type, 'normal')
    assert.deepEqual([active.cursorX, active.cursorY], [0, row], left)
    assert.equal(active.getLine(row - 1)?.translateToString(true), kept)
    parseNow(late, Buffer.from('prompt q'))
    assert.equal(active.getLine(row)?.translateToString(true), 'prompt q')
    assert.deepEqual(late.modes.mouseTrackingMode, 'none')
  }
})
