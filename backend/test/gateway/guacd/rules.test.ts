import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Instruction } from '../../../src/gateway/guacd/instruction.js'
import type { DeskPolicy } from '../../../src/gateway/guacd/ports.js'
import { BrowserRules } from '../../../src/gateway/guacd/rules.js'
import { screenOf } from '../../../src/gateway/guacd/screen.js'

const ALL: DeskPolicy = { clipboard: 'both', files: 'both', microphone: true, printing: true }
const NONE: DeskPolicy = { clipboard: 'none', files: 'none', microphone: false, printing: false }

/** Instruction → what becomes of it where all is allowed, where nothing is, and where one only looks on. */
const ROWS: readonly [Instruction, all: string, none: string, readOnly: string][] = [
  [['nop'], 'forward', 'forward', 'forward'],
  [['sync', '1'], 'forward', 'forward', 'forward'],
  [['sync'], 'refuse', 'refuse', 'refuse'],
  [['sync', '99999999999999999'], 'refuse', 'refuse', 'refuse'],
  [['ack', '0', 'OK', '0'], 'forward', 'forward', 'forward'],
  [['ack', '0', 'OK'], 'refuse', 'refuse', 'refuse'],
  [['disconnect'], 'forward', 'forward', 'forward'],
  [['key', '65', '1'], 'active', 'active', 'drop'],
  [['key', '65', '2'], 'refuse', 'refuse', 'refuse'],
  [['key', 'A', '1'], 'refuse', 'refuse', 'refuse'],
  [['mouse', '-5', '10', '0'], 'active', 'active', 'drop'],
  [['mouse', '1.5', '10', '0'], 'refuse', 'refuse', 'refuse'],
  [['mouse', '1', '10', '0', '1'], 'refuse', 'refuse', 'refuse'],
  [['touch', '0', '1', '2', '3', '4', '0.5', '1'], 'active', 'active', 'drop'],
  [['size', '800', '600'], 'forward', 'forward', 'drop'],
  [['size', '0', '600'], 'refuse', 'refuse', 'refuse'],
  [['size', '800', '600', '96'], 'refuse', 'refuse', 'refuse'],
  [['clipboard', '0', 'text/plain'], 'active', 'answer', 'drop'],
  [['clipboard', '64', 'text/plain'], 'refuse', 'refuse', 'refuse'],
  [['file', '0', 'text/plain', 'a.txt'], 'active', 'answer', 'drop'],
  [['file', '0', 'text/plain', 'a\0b'], 'refuse', 'refuse', 'refuse'],
  [['put', '0', '1', 'text/plain', '/a'], 'active', 'answer', 'drop'],
  [['get', '0', '/'], 'active', 'drop', 'drop'],
  [['audio', '0', 'audio/L16;rate=44100,channels=2'], 'active', 'answer', 'drop'],
  [['argv', '0', 'text/plain', 'font-size'], 'forward', 'forward', 'drop'],
  [['argv', '0', 'text/plain', 'password'], 'answer', 'answer', 'drop'],
  [['blob', '0', 'AAAA'], 'drop', 'drop', 'drop'],
  [['blob', '0', '<script>'], 'refuse', 'refuse', 'refuse'],
  [['end', '0'], 'drop', 'drop', 'drop'],
  [['pipe', '0', 'text/plain', 'STDIN'], 'drop', 'drop', 'drop'],
  [['usbconnect', '0'], 'drop', 'drop', 'drop'],
  [['', 'ping', '1'], 'answer', 'answer', 'answer'],
  [['', 'x'], 'drop', 'drop', 'drop'],
  [['toString'], 'drop', 'drop', 'drop'],
  ...['select', 'connect', 'args', 'ready', 'image', 'video', 'timezone', 'name', 'required'].map(
    (opcode): [Instruction, string, string, string] => [[opcode, 'x'], 'refuse', 'refuse', 'refuse'],
  ),
]

function verdict(rules: BrowserRules, instruction: Instruction): string {
  const found = rules.judge(instruction)
  return found.type === 'forward' && found.active ? 'active' : found.type
}

describe('what a browser may say', () => {
  for (const [instruction, all, none, readOnly] of ROWS) {
    test(instruction.join(' ').slice(0, 60) || 'nothing', () => {
      assert.equal(verdict(new BrowserRules(ALL, false), instruction), all, 'where all is allowed')
      assert.equal(verdict(new BrowserRules(NONE, false), instruction), none, 'where nothing is')
      assert.equal(verdict(new BrowserRules(ALL, true), instruction), readOnly, 'looking on')
    })
  }

  test('looks that the configuration gives stay', () => {
    const rules = new BrowserRules({ ...ALL, fixed: new Set(['color-scheme']) }, false)
    assert.equal(verdict(rules, ['argv', '0', 'text/plain', 'color-scheme']), 'answer')
    assert.equal(verdict(rules, ['argv', '0', 'text/plain', 'font-size']), 'forward')
  })

  test('a stream is open from its beginning to its end', () => {
    const rules = new BrowserRules(ALL, false)
    rules.judge(['clipboard', '3', 'text/plain'])
    assert.equal(verdict(rules, ['blob', '3', 'AAAA']), 'forward')
    assert.equal(verdict(rules, ['blob', '4', 'AAAA']), 'drop')
    assert.equal(verdict(rules, ['end', '3']), 'forward')
    assert.equal(verdict(rules, ['blob', '3', 'AAAA']), 'drop')
  })

  for (const [clipboard, answer] of [
    ['to-lab', 'active'],
    ['from-lab', 'answer'],
  ] as const) {
    test(`a clipboard ${clipboard}`, () => {
      assert.equal(verdict(new BrowserRules({ ...NONE, clipboard }, false), ['clipboard', '0', 'text/plain']), answer)
    })
  }
})

describe('what a page says of its screen', () => {
  const read = (query: string) => screenOf(new URLSearchParams(query))
  const USUAL = { width: 1024, height: 768, dpi: 96, image: ['image/png', 'image/jpeg'], audio: [], video: [] }

  for (const [query, expected] of [
    ['', {}],
    ['width=1280&height=720&dpi=192', { width: 1280, height: 720, dpi: 192 }],
    ['width=99999&height=1&dpi=0', { width: 8192, height: 64, dpi: 48 }],
    ['width=-1&height=1e3&dpi=x', {}],
    ['timezone=Europe/Stockholm', { timezone: 'Europe/Stockholm' }],
    ['timezone=../../etc', {}],
    ['image=image/webp&image=text/html', { image: ['image/webp'] }],
    [
      'audio=audio/L16;rate=44100,channels=2&audio=audio/L8',
      { audio: ['audio/L16;rate=44100,channels=2', 'audio/L8'] },
    ],
    ['audio=audio/L16%3B4.nop%3B&video=video/mp4', { video: ['video/mp4'] }],
    [
      Array.from({ length: 50 }, (_, at) => `audio=audio/x${at}`).join('&'),
      { audio: Array.from({ length: 8 }, (_, at) => `audio/x${at}`) },
    ],
  ] as const) {
    test(query.slice(0, 60) || 'nothing', () => assert.deepEqual(read(query), { ...USUAL, ...expected }))
  }
})
