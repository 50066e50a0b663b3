import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countLines, plainLines, styleAfter } from '../../../src/wire/plain.js'
import { LazyScreen } from '../../src/gateway/lazy-screen.js'
import { Screen } from '../../src/gateway/screen.js'
import { Segmenter } from '../../src/gateway/segmenter.js'
import type { Timers } from '../../src/gateway/timers.js'
import { systemTimers } from '../../src/gateway/timers.js'
import { program } from './fixtures/program.js'
import { pieces, Random } from './fixtures/random.js'

const OPTIONS = { cols: 40, rows: 10, scrollback: 30, answer: () => undefined, failed: () => undefined }
/** Nothing is ever quiet: only what must be parsed is. */
const NEVER: Timers = { now: () => 0, after: () => () => undefined, every: () => () => undefined }

const PRINTED = [
  'word',
  'naïve 漢字',
  'e\u0301',
  '\u0301',
  '🚀',
  '\t',
  '\b\b',
  '\r',
  '\n',
  '\x07',
  '\x1b[K',
  '\x1b[1K',
  '\x1b[31m',
  '\x1b[0;1;48;5;17m',
  '\x1b[4:3m',
  '\x1b[m',
  '\x1b[0m',
  'a line that is longer than the screen is wide, so it wraps'.repeat(2),
] as const

function flood(random: Random, lines: number): Buffer {
  const line = () => Array.from({ length: random.below(6) }, () => random.pick(PRINTED)).join('')
  return Buffer.from(Array.from({ length: lines }, () => `${line()}\r\n`).join(''))
}

test('a screen that skips what nobody can see is the same as one that parsed it all', () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = new Random(seed)
    const [lazy, eager] = [new LazyScreen({ ...OPTIONS, timers: NEVER }), new Screen(OPTIONS)]
    const segmenter = new Segmenter()
    for (let part = 0; part < 8; part++) {
      const bytes = random.below(3) === 0 ? program(random, 40, 40, 10) : flood(random, random.below(4_000))
      for (const piece of pieces(bytes, random, random.pick([50, 3_000, 20_000]))) {
        const { passed, shown, whole } = segmenter.push(piece)
        lazy.write(shown, whole)
        eager.write(passed)
      }
      const size = { cols: 20 + random.below(40), rows: 2 + random.below(20) }
      if (random.below(4) === 0) for (const screen of [lazy, eager]) screen.resize(size)
      if (random.below(3) === 0) assert.equal(lazy.snapshot().toString(), eager.snapshot().toString(), `seed ${seed}`)
    }
    assert.equal(lazy.snapshot().toString(), eager.snapshot().toString(), `seed ${seed}`)
    assert.equal(lazy.aftermath().toString(), eager.aftermath().toString(), `seed ${seed}`)
    lazy.dispose()
    eager.dispose()
  }
})

test('lines that are kept do not print over what stood on the screen before the ones that are skipped', () => {
  let skipped = 0
  for (let lines = 42; lines < 58; lines++) {
    const [lazy, eager] = [new LazyScreen({ ...OPTIONS, timers: NEVER }), new Screen(OPTIONS)]
    const write = (text: string) => {
      lazy.write(Buffer.from(text), true)
      eager.write(Buffer.from(text))
    }
    write(`\x1b[44m${'x'.repeat(400)}\x1b[H`)
    // Many bytes a line, so that hardly more lines are kept than the scrollback holds.
    for (let line = 0; line < lines; line++) write(`${line}${'\x1b[42m'.repeat(2_000)}\r\n`)
    if (lazy.waiting < lines * 10_000) skipped++
    assert.equal(lazy.snapshot().toString(), eager.snapshot().toString(), `${lines} lines`)
  }
  assert.ok(skipped > 4)
})

test('a flood of lines is not parsed line by line', () => {
  const lines = Buffer.from(Array.from({ length: 400_000 }, (_, at) => `${at}\r\n`).join(''))
  const written = (screen: Screen | LazyScreen) => {
    const begun = process.cpuUsage()
    for (let at = 0; at < lines.length; at += 32_768) screen.write(lines.subarray(at, at + 32_768), true)
    const { user } = process.cpuUsage(begun)
    return { user, shown: screen.snapshot().toString() }
  }
  const eager = written(new Screen({ ...OPTIONS, scrollback: 5_000 }))
  const lazy = written(new LazyScreen({ ...OPTIONS, scrollback: 5_000, timers: NEVER }))
  assert.equal(lazy.shown, eager.shown)
  assert.ok(lazy.user * 2 < eager.user, `${lazy.user} µs, ${eager.user} µs when all is parsed`)
})

test('a question in the middle of a flood is answered without anybody asking for the screen', async () => {
  const replies: string[] = []
  const screen = new LazyScreen({ ...OPTIONS, answer: (reply) => replies.push(reply), timers: NEVER })
  screen.write(flood(new Random(7), 20_000), true)
  screen.write(Buffer.from('\x1b[3;7H\x1b[6n'), true)
  for (let turn = 0; turn < 10_000 && replies.length === 0; turn++) await new Promise((done) => setImmediate(done))
  assert.deepEqual(replies, ['\x1b[3;7R'])
  screen.dispose()
})

test('what waits is parsed when output stops', async () => {
  const screen = new LazyScreen({ ...OPTIONS, timers: systemTimers })
  screen.write(flood(new Random(8), 2_000), true)
  const before = screen.waiting
  for (let turn = 0; turn < 600 && screen.waiting > 0; turn++) await new Promise((done) => setTimeout(done, 100))
  assert.ok(before > 0)
  assert.equal(screen.waiting, 0)
  screen.dispose()
})

test('output of every kind waits in bounded memory', () => {
  const screen = new LazyScreen({ ...OPTIONS, scrollback: 5_000, timers: NEVER })
  const pieces = ['x'.repeat(40_000), 'one line\n'.repeat(5_000), 'x\x1b[5;5Hy'.repeat(5_000)]
  for (const piece of pieces) {
    for (let count = 0; count < 150; count++) {
      screen.write(Buffer.from(piece), true)
      assert.ok(screen.waiting < 4 * 1024 * 1024, `${screen.waiting} bytes of ${piece.slice(0, 9)}`)
    }
  }
  screen.dispose()
})

test('plain output is told from everything else', () => {
  for (const [text, lines] of [
    ['', 0],
    ['a\r\nb\n', 2],
    ['漢é\u00a0\x1b[1;38:2::1:2:3m\x1b[K\t\b\x07', 0],
    ['\x1b[?25h', -1],
    ['\x1b[>4m', -1],
    ['\x1b[6n', -1],
    ['\x1b[1', -1],
    ['\x1b', -1],
    ['\x1bM', -1],
    ['\x0e', -1],
    ['\x05', -1],
    ['\x0c', -1],
    ['\x7f', -1],
    ['\u0085', -1],
    ['\u009b6n', -1],
  ] as const)
    assert.equal(plainLines(Buffer.from(text)), lines, JSON.stringify(text))
  assert.equal(styleAfter(Buffer.from('\x1b[31ma\x1b[0mb\x1b[1m\x1b[K漢\x1b[4m')), '\x1b[0m\x1b[1m\x1b[4m')
  assert.equal(styleAfter(Buffer.from('\x1b[31ma\x1b[1m')), '\x1b[31m\x1b[1m')
  assert.equal(styleAfter(Buffer.from('\x1b[1ma\x1b[00;31mb\x1b[4mc')), '\x1b[00;31m\x1b[4m')
  assert.equal(styleAfter(Buffer.from('\x1b[1ma\x1b[;31mb')), '\x1b[;31m')
  assert.equal(styleAfter(Buffer.from('\x1b[1ma\x1b[01;34mb')), '\x1b[1m\x1b[01;34m')
  assert.equal(styleAfter(Buffer.from('no colour')), '')
  assert.equal(styleAfter(Buffer.from('\x1b[m'.concat('\x1b[31ma'.repeat(1_000)))), undefined)
  assert.equal(countLines(Buffer.from('a\nb\r\n')), 2)
})
