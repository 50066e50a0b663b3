import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Segmenter } from '../../src/gateway/segmenter.js'
import { incompleteTail, incompleteUtf8 } from '../../src/gateway/tail.js'
import { program } from './fixtures/program.js'
import { pieces, Random } from './fixtures/random.js'

const WHOLE = [
  '',
  'text',
  'é',
  '漢',
  '🚀',
  '\r\n',
  '\x1b[31m',
  '\x1b[?25h',
  '\x1b[1;2H',
  '\x1b7',
  '\x1b(0',
  '\x1b#8',
  '\x1b]0;t\x07',
  '\x1b]0;t\x1b\\',
  '\x1bP1$r0m\x1b\\',
  '\x1b_apc\x1b\\',
  '\x1b^pm\x1b\\',
  '\x1bXsos\x1b\\',
  '\u009b31m',
  '\u009d0;t\u009c',
  '\u0090q\u009c',
  '\x1b[31\x18',
  '\x1b]0;t\x18',
  '\x1b[3\x1b[31m',
  '\x1b]0;t\x1b[31m',
  '\x1b[!p',
  '\x1b[5 q',
  'a\u0301',
]

test('nothing is held of what is whole', () => {
  for (const text of WHOLE) assert.equal(incompleteTail(Buffer.from(text)), 0, JSON.stringify(text))
})

test('each beginning of a sequence or character is held, wherever it is cut', () => {
  const single = [
    'é',
    '漢',
    '🚀',
    '\x1b[31m',
    '\x1b[?1;2H',
    '\x1b(0',
    '\x1b]0;title\x07',
    '\x1b]0;title\x1b\\',
    '\x1bP1$r0m\x1b\\',
    '\x1b_x\x1b\\',
    '\u009b31m',
    '\u009d0;t\x07',
  ]
  for (const text of single) {
    const bytes = Buffer.from(text)
    for (let cut = 1; cut < bytes.length; cut++) {
      const before = Buffer.concat([Buffer.from('before \x1b[1mé'), bytes.subarray(0, cut)])
      assert.equal(incompleteTail(before), cut, `${JSON.stringify(text)} after ${cut}`)
    }
  }
})

test('bytes that are no UTF-8 are not waited for', () => {
  for (const bytes of [[0x80], [0xff], [0x41, 0xbf], [0xf8, 0x80]]) assert.equal(incompleteUtf8(Buffer.from(bytes)), 0)
  assert.equal(incompleteUtf8(Buffer.from([0xe2, 0x80])), 2)
})

test('a segmenter loses, adds and reorders nothing, and never lets a character be cut', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed)
    const stream = program(random, 60, 80, 24)
    const segmenter = new Segmenter()
    const parts = pieces(stream, random, 1 + random.below(30)).map((piece) => segmenter.push(piece).passed)
    assert.deepEqual(Buffer.concat(parts), stream)
    for (const part of parts) assert.equal(incompleteTail(part), 0)
  }
})

test('random bytes go through whole, up to what is held at the end', () => {
  const random = new Random(7)
  const noise = Buffer.from(Array.from({ length: 200_000 }, () => random.below(256)))
  const segmenter = new Segmenter()
  const out = Buffer.concat(pieces(noise, random, 500).map((piece) => segmenter.push(piece).passed))
  assert.deepEqual(out, noise.subarray(0, out.length))
  assert.ok(noise.length - out.length < 17_000)
})

test('a sequence too long to hold is passed on, and its end is found', () => {
  const image = Buffer.from(`\x1bPq${'#0~~'.repeat(20_000)}\x1b\\`)
  const segmenter = new Segmenter()
  const out: Buffer[] = []
  let within = 0
  for (let at = 0; at < image.length; at += 1000) {
    out.push(segmenter.push(image.subarray(at, at + 1000)).passed)
    if (segmenter.within) within++
  }
  assert.ok(within > 50)
  assert.equal(segmenter.within, false)
  out.push(segmenter.push(Buffer.from('after\x1b[3')).passed)
  assert.equal(Buffer.concat(out).toString(), `${image.toString()}after`)
})

test('a screen is shown all but the strings that are too long to hold', () => {
  const long = 'y'.repeat(100_000)
  for (const [begin, end, shows] of [
    ['\x1b]2;', '\x07', false],
    ['\x1b]8;;javascript:', '\x1b\\', false],
    ['\u009d52;c;', '\u009c', false],
    ['\x1bPq', '\x1b\\', false],
    ['\x1b_', '\x18', false],
    ['\x1b]2;', '\x1b[31m', false],
    ['\x1b[1;', '2m', true],
  ] as const) {
    const middle = shows ? '7;'.repeat(50_000) : long
    const stream = Buffer.from(
      `before 漢\x1b[1m${begin}${middle}${end}between\x1b]0;short\x07${begin}${middle}${end}after`,
    )
    const left = Buffer.from(
      `before 漢\x1b[1m${end.startsWith('\x1b[') ? end : ''}between\x1b]0;short\x07${end.startsWith('\x1b[') ? end : ''}after`,
    )
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed)
      const segmenter = new Segmenter()
      const segments = pieces(stream, random, random.pick([100, 5_000, 70_000])).map((piece) => segmenter.push(piece))
      assert.deepEqual(Buffer.concat(segments.map(({ passed }) => passed)), stream)
      const shown = Buffer.concat(segments.map(({ shown }) => shown))
      assert.equal(shown.toString(), (shows ? stream : left).toString(), JSON.stringify(begin))
      for (const { shown, whole } of segments) if (whole) assert.equal(incompleteTail(shown), 0)
    }
  }
})

test('what a program that is gone left unfinished is forgotten', () => {
  const segmenter = new Segmenter()
  segmenter.push(Buffer.from('a\x1b]0;title'))
  segmenter.reset()
  assert.equal(segmenter.push(Buffer.from('b')).passed.toString(), 'b')
})
