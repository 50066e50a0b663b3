import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Cutter, type Watch, watchTable } from '../../../src/gateway/guacd/cutter.js'
import {
  codePoints,
  decode,
  encode,
  type Instruction,
  InstructionError,
  InstructionReader,
} from '../../../src/gateway/guacd/instruction.js'
import { Random } from '../fixtures/random.js'

const NOTHING: Watch = { wants: () => false, take: () => false }

const SOUND: readonly Instruction[] = [
  ['nop'],
  ['sync', '123456', '1'],
  [''],
  ['', ''],
  ['name', 'Zürich 日本語 🚀'],
  ['é'],
  ['blob', '0', 'QUJD'.repeat(2000)],
  ['mixed', `${'x'.repeat(100)}ß`, `${'🚀'.repeat(60)}`, 'y'.repeat(100)],
  ['tricky', ';,1.', '4.nop;', '😀;'],
  ['many', ...Array.from({ length: 127 }, (_, at) => `${at}`)],
]
const STREAM = Buffer.from(SOUND.map((one) => encode(...one)).join(''))

/** What comes of each read ends at an instruction and is whole. */
function cutAt(cutter: Cutter, stream: Buffer, ...cuts: number[]): Instruction[] {
  const found: Instruction[] = []
  let from = 0
  for (const cut of [...cuts, stream.length]) {
    found.push(...new InstructionReader(0).read(Buffer.concat(cutter.push(stream.subarray(from, cut)))))
    from = cut
  }
  return found
}

const WRONG = [
  ['no length', '.nop;'],
  ['letters for a length', 'ab.nop;'],
  ['a length with a sign', '-1.nop;'],
  ['a length of five digits', '10000.x'],
  ['a length beyond guacd', '8193.x'],
  ['too short a length', '2.nop;'],
  ['too long a length', '4.nop;3.nop;'],
  ['nothing between', ';'],
  ['129 elements', `${'1.x,'.repeat(128)}1.x;`],
  ['something endless', '8000.'.padEnd(300_000, 'x').replace(/x{8000}/g, (value) => `${value},8000.`)],
  ['half a character', Buffer.from([0x33, 0x2e, 0x61, 0xc3, 0x62, 0x63, 0x3b])],
  ['a character of no Unicode', Buffer.from([0x31, 0x2e, 0xff, 0x3b])],
] as const

const CUTTERS = [
  ['that asks of everything', () => new Cutter(NOTHING)],
  ['with a table', () => new Cutter(NOTHING, watchTable(['sync', 'error']))],
] as const

for (const [what, make] of CUTTERS) {
  describe(`cutting at ends of instructions, ${what}`, () => {
    test('whole', () => assert.deepEqual(cutAt(make(), STREAM), SOUND))

    test('split at every byte', () => {
      for (let at = 1; at < STREAM.length; at++) assert.deepEqual(cutAt(make(), STREAM, at), SOUND, `split at ${at}`)
    })

    test('byte by byte', () => {
      const cuts = Array.from({ length: STREAM.length - 1 }, (_, at) => at + 1)
      assert.deepEqual(cutAt(make(), STREAM, ...cuts), SOUND)
    })

    test('in pieces of any length', () => {
      const random = new Random(7)
      for (let round = 0; round < 300; round++) {
        const cuts: number[] = []
        for (let at = 1 + random.below(400); at < STREAM.length; at += 1 + random.below(400)) cuts.push(at)
        assert.deepEqual(cutAt(make(), STREAM, ...cuts), SOUND)
      }
    })

    for (const [wrong, bytes] of WRONG) {
      test(`refuses ${wrong}`, () => {
        assert.throws(() => make().push(Buffer.from(bytes)), InstructionError)
        // Also behind what is right, where nothing is remembered of it, and with something after it.
        const among = Buffer.concat([
          Buffer.from('3.nop;'.repeat(5)),
          Buffer.from(bytes),
          Buffer.from('3.nop;'.repeat(5)),
        ])
        assert.throws(() => make().push(among), InstructionError)
      })
    }
  })
}

describe('what is wanted', () => {
  test('shows what is wanted, and takes out what is to be taken', () => {
    const stream = Buffer.from('3.nop;4.sync,1.1;4.blob,1.2,3.abc;4.sync,1.2;3.nop;')
    for (let at = 0; at < stream.length; at++) {
      const seen: Instruction[] = []
      const cutter = new Cutter({
        wants: (bytes, from) => bytes[from + 2] === 's'.charCodeAt(0) || bytes[from + 2] === 'b'.charCodeAt(0),
        take: (instruction) => {
          seen.push(decode(instruction))
          return seen.at(-1)?.[0] === 'blob'
        },
      })
      const out = [stream.subarray(0, at), stream.subarray(at)].flatMap((part) => cutter.push(part))
      assert.equal(Buffer.concat(out).toString(), '3.nop;4.sync,1.1;4.sync,1.2;3.nop;')
      assert.deepEqual(seen, [
        ['sync', '1'],
        ['blob', '2', 'abc'],
        ['sync', '2'],
      ])
    }
  })

  test('asks only about what may be wanted', () => {
    const asked: string[] = []
    const watch: Watch = {
      wants: (bytes, at) => asked.push(bytes.subarray(at, at + 6).toString()) < 0,
      take: () => false,
    }
    new Cutter(watch, watchTable(['sync', 'disconnect'])).push(
      Buffer.from('4.sync,1.1;3.nop;4.size,1.0;10.disconnect;10.filesystem;4.rect;'),
    )
    assert.deepEqual(asked, ['4.sync', '4.size', '10.dis', '10.fil'])
  })

  test('random bytes never do more than be refused', () => {
    const random = new Random(11)
    const letters = Buffer.from('0123456789.,;ab\xc3\xa9\xff', 'latin1')
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(
        Array.from({ length: random.below(40) }, () => letters[random.below(letters.length)] ?? 0),
      )
      const cutter = new Cutter(NOTHING)
      try {
        for (const piece of cutter.push(bytes)) new InstructionReader(0).read(piece)
      } catch (error) {
        assert.ok(error instanceof InstructionError, `${String(error)} on ${bytes.toString('hex')}`)
      }
    }
  })
})

describe('instructions', () => {
  test('count code points', () => {
    assert.equal(codePoints('a🚀é'), 3)
    assert.equal(codePoints('\ud800'), 1)
    assert.equal(encode('a', '🚀'), '1.a,1.🚀;')
  })

  test('are read from text that ends anywhere', () => {
    const text = SOUND.map((one) => encode(...one)).join('')
    for (const size of [1, 2, 3, 7, 1000]) {
      const reader = new InstructionReader(10_000)
      const found: Instruction[] = []
      const points = [...text]
      for (let at = 0; at < points.length; at += size) {
        found.push(...reader.read(Buffer.from(points.slice(at, at + size).join(''))))
      }
      assert.deepEqual(found, SOUND)
    }
  })

  for (const text of [
    'x',
    '1a.b;',
    '9000.',
    '99999',
    '1.ab;',
    '1.a.',
    `${'1.x,'.repeat(128)}1.x;`,
    `4.${'x'.repeat(5)}`,
  ]) {
    test(`refuses ${text.slice(0, 12)}`, () => {
      assert.throws(() => new InstructionReader(10_000).read(Buffer.from(text)), InstructionError)
    })
  }

  test('bounds what is not whole', () => {
    const reader = new InstructionReader(10)
    assert.throws(() => reader.read(Buffer.from(`4000.${'x'.repeat(20)}`)), InstructionError)
  })
})
