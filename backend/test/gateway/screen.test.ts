import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Screen } from '../../src/gateway/screen.js'
import { Random } from './fixtures/random.js'

function screenWith(): { screen: Screen; replies: string[]; failures: unknown[] } {
  const replies: string[] = []
  const failures: unknown[] = []
  const screen = new Screen({
    cols: 80,
    rows: 24,
    scrollback: 5000,
    answer: (reply) => replies.push(reply),
    failed: (cause) => failures.push(cause),
  })
  return { screen, replies, failures }
}

test('programs that ask the terminal something are answered, each question once', () => {
  const questions: [string, string][] = [
    ['\x1b[c', '\x1b[?1;2c'],
    ['\x1b[>c', '\x1b[>0;276;0c'],
    ['\x1b[5n', '\x1b[0n'],
    ['\x1b[3;7H\x1b[6n', '\x1b[3;7R'],
    ['\x1b[?2004$p', '\x1b[?2004;2$y'],
    ['\x1b[?2004h\x1b[?2004$p', '\x1b[?2004;1$y'],
    ['\x1bP$qm\x1b\\', '\x1bP1$r0m\x1b\\'],
    ['\x1b]10;?\x07', '\x1b]10;rgb:d4d4/d4d4/d4d4\x1b\\'],
    ['\x1b]11;?\x1b\\', '\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\'],
    ['\x1b]12;?\x07', '\x1b]12;rgb:d4d4/d4d4/d4d4\x1b\\'],
    ['\x1b]4;1;?\x07', '\x1b]4;1;rgb:cccc/0000/0000\x1b\\'],
    ['\x1b]4;196;?\x07', '\x1b]4;196;rgb:ffff/0000/0000\x1b\\'],
    ['\x1b]4;232;?\x07', '\x1b]4;232;rgb:0808/0808/0808\x1b\\'],
    ['\x1b]11;#123\x07\x1b]11;?\x07', '\x1b]11;rgb:1010/2020/3030\x1b\\'],
    ['\x1b]10;?;?\x07', '\x1b]10;rgb:d4d4/d4d4/d4d4\x1b\\\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\'],
    ['\x1b]4;1;?;2;?\x07', '\x1b]4;1;rgb:cccc/0000/0000\x1b\\\x1b]4;2;rgb:4e4e/9a9a/0606\x1b\\'],
    ['\x1b]4;300;?;-1;?;x;?\x07', ''],
    ['\x1bc\x1b[6n', '\x1b[1;1R'],
  ]
  for (const [question, answer] of questions) {
    const { screen, replies } = screenWith()
    screen.write(Buffer.from(question))
    assert.equal(replies.join(''), answer, JSON.stringify(question))
  }
})

test('the cursor stands where shells and pages think: emoji are two cells wide, joiners none', () => {
  for (const [text, column] of [
    ['🥳', 3],
    ['漢', 3],
    ['e\u0301', 2],
    ['a\u200d', 2],
  ] as const) {
    const { screen, replies } = screenWith()
    screen.write(Buffer.from(`${text}\x1b[6n`))
    assert.equal(replies.join(''), `\x1b[1;${column}R`, text)
  }
})

/** Each would take minutes or gigabytes, or throw, without the guards. */
const HOSTILE: Record<string, string> = {
  'scroll up without end': '\x1b[2147483647S'.repeat(50),
  'scroll down without end': '\x1b[2147483647T'.repeat(50),
  'insert lines without end': '\x1b[2147483647L'.repeat(50),
  'delete lines without end': '\x1b[2147483647M'.repeat(50),
  'tab without end': '\x1b[2147483647I\x1b[2147483647Z'.repeat(50),
  'repeat without end': 'x\x1b[2147483647b'.repeat(5),
  'insert, delete, erase without end': '\x1b[2147483647@\x1b[2147483647P\x1b[2147483647X',
  'a cell of combining characters': `e${'\u0301'.repeat(300_000)}`,
  'links without end': '\x1b]8;;https://example.org/x\x07x\x1b]8;;\x07\r'.repeat(20_000),
  'a title of a megabyte': `\x1b]0;${'t'.repeat(1_000_000)}\x07`,
  'erase up to the very last cell of the alternate screen': '\x1b[?1049h\x1b[24;80H\x1b[1J\x1b[24;80Hx\x1b[1J\x1b[?1J',
}

for (const [name, output] of Object.entries(HOSTILE)) {
  test(`a screen bears: ${name}`, () => {
    const { screen, failures } = screenWith()
    const begun = process.cpuUsage()
    screen.write(Buffer.from(output))
    const { user } = process.cpuUsage(begun)
    assert.deepEqual(failures, [])
    assert.ok(user < 4_000_000, `${user} µs`)
    assert.ok(screen.snapshot().length < 1_000_000)
  })
}

test('random bytes never throw out of the screen, and it goes on working', () => {
  const { screen } = screenWith()
  const random = new Random(11)
  const noise = Buffer.from(Array.from({ length: 1_000_000 }, () => (random.below(4) === 0 ? 0x1b : random.below(256))))
  screen.write(noise)
  screen.write(Buffer.from('\x18\x1bcstill here'))
  assert.match(screen.snapshot().toString(), /still here/)
})

test('a terminal of one column is one of two, the least there is', () => {
  const { screen } = screenWith()
  screen.resize({ cols: 1, rows: 1 })
  assert.deepEqual(screen.size, { cols: 2, rows: 1 })
})

test('characters of Unicode 15 have the cells that the pages and the shells give them', () => {
  const { screen, replies } = screenWith()
  for (const [text, cells] of [
    ['🎉', 2],
    ['🫠', 2],
    ['🪿', 2],
    ['𛄲', 2],
    ['a\u0898', 1],
    ['漢\u0898', 2],
  ] as const) {
    screen.write(Buffer.from(`\r${text}\x1b[6n`))
    assert.equal(replies.pop(), `\x1b[1;${1 + cells}R`, text)
  }
})
