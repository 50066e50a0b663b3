/** A screen that is let go while nobody needs it is the same when somebody does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import xterm from '@xterm/headless'
import { guard } from '../../src/gateway/guards.js'
import { parseNow } from '../../src/gateway/internals.js'
import { LazyScreen } from '../../src/gateway/lazy-screen.js'
import { RestingScreen } from '../../src/gateway/resting-screen.js'
import { Screen } from '../../src/gateway/screen.js'
import { Segmenter } from '../../src/gateway/segmenter.js'
import { FakeTimers } from './fakes/timers.js'
import { program } from './fixtures/program.js'
import { pieces, Random } from './fixtures/random.js'
import { recordings } from './fixtures/recordings.js'
import { assertSame, stateOf } from './fixtures/state.js'

const SIZE = { cols: 40, rows: 10, scrollback: 30 }
const OPTIONS = { ...SIZE, answer: () => undefined, failed: (cause: unknown) => assert.fail(String(cause)) }
const REST_MS = 60_000

function page(cols = SIZE.cols, rows = SIZE.rows): xterm.Terminal {
  const terminal = new xterm.Terminal({ ...SIZE, cols, rows, allowProposedApi: true, logLevel: 'off' })
  guard(terminal)
  return terminal
}

test('whatever a program did, and goes on to do, with a rest after every piece of it', () => {
  let [rested, tried] = [0, 0]
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed * 104_729)
    const timers = new FakeTimers()
    const answers: string[] = []
    const asked: string[] = []
    const lazy = new LazyScreen({ ...OPTIONS, timers, answer: (reply) => answers.push(reply) })
    const eager = new Screen({ ...OPTIONS, answer: (reply) => asked.push(reply) })
    const [segmenter, always] = [new Segmenter(), page()]
    for (const piece of pieces(program(random, 60, SIZE.cols, SIZE.rows), random, 200)) {
      const { passed, shown, whole } = segmenter.push(piece)
      lazy.write(shown, whole)
      eager.write(passed)
      parseNow(always, passed)
      lazy.rest()
      tried++
      if (!lazy.resting) continue
      rested++
      const late = page()
      parseNow(late, eager.snapshot())
      const again = page()
      parseNow(again, lazy.snapshot())
      assertSame(stateOf(again), stateOf(late), `seed ${seed}, after a rest`)
      lazy.rest()
    }
    const question = Buffer.from(
      '\x1b[6n\x1b[?6n\x1bP$qm\x1b\\\x1bP$qr\x1b\\\x1bP$q q\x1b\\\x1b[?2004$p\x1b[?7$p\x1b[4$p\x1b]11;?\x07',
    )
    lazy.write(question, true)
    eager.write(question)
    parseNow(always, question)
    assert.equal(lazy.snapshot().toString(), eager.snapshot().toString(), `seed ${seed}`)
    const last = page()
    parseNow(last, lazy.snapshot())
    assertSame(stateOf(last), stateOf(always), `seed ${seed}, at the end`)
    assert.deepEqual(answers, asked, `seed ${seed}: what programs are answered`)
    lazy.dispose()
    eager.dispose()
  }
  assert.ok(rested > tried / 2, `${rested} of ${tried} rests`)
})

test('the screens of recorded programs are let go', () => {
  const stayed: string[] = []
  for (const { name, cols, rows, output } of recordings()) {
    const [screen, segmenter] = [new RestingScreen({ ...OPTIONS, cols, rows, scrollback: 200 }), new Segmenter()]
    for (const bytes of output) screen.awake.write(segmenter.push(bytes).shown)
    const before = screen.awake.snapshot()
    screen.rest()
    if (!screen.resting) stayed.push(name)
    assert.ok(screen.awake.snapshot().equals(before), name)
    screen.dispose()
  }
  assert.deepEqual(stayed, [])
})

test('a screen that no output draws exactly stays, and so does a very large one', () => {
  const line = 'x'.repeat(39)
  for (const [what, text, more] of [
    ['a combining mark alone', 'x\x1b[2G\u0301', ' '],
    ['half a wide character', '漢字\x1b[2G\x1b[@', 'x'],
    ['what is left of an underlined one', '\x1b[4m漢\x1b[2Gy', 'x'],
    ['a cursor saved behind the last column', `${'x'.repeat(40)}\x1b7\r\n`, '\x1b8y'],
    ['updates held back', '\x1b[?2026h', 'x'],
  ] as const) {
    const [resting, screen] = [new RestingScreen(OPTIONS), new Screen(OPTIONS)]
    for (const at of [resting.awake, screen]) at.write(Buffer.from(text))
    resting.rest()
    assert.equal(resting.resting, false, what)
    for (const at of [resting.awake, screen]) at.write(Buffer.from(more))
    assert.ok(resting.awake.equals(screen), what)
  }
  const large = new RestingScreen({ ...OPTIONS, scrollback: 10_000 })
  for (let count = 0; count < 10_000; count++) large.awake.write(Buffer.from(`${line}\r\n`))
  large.rest()
  assert.equal(large.resting, false)
  large.dispose()
})

test('it is let go a minute after it was last needed, later where that was too early, never inside of a sequence', () => {
  const timers = new FakeTimers()
  const screen = new LazyScreen({ ...OPTIONS, timers })
  const needed = () => screen.write(Buffer.from('\x1b[1;1H'), true)
  needed()
  screen.snapshot()
  timers.advance(REST_MS)
  assert.equal(screen.resting, false, 'it was needed in that minute')
  timers.advance(REST_MS)
  assert.equal(screen.resting, true)
  assert.equal(timers.pending, 0)
  needed()
  screen.snapshot()
  assert.equal(screen.resting, false)
  timers.advance(3 * REST_MS)
  assert.equal(screen.resting, false)
  timers.advance(REST_MS)
  assert.equal(screen.resting, true)
  screen.write(Buffer.from('\x1b]0;a title that goes'), false)
  timers.advance(100 * REST_MS)
  screen.rest()
  assert.equal(screen.resting, false)
  screen.write(Buffer.from(' on\x07'), false)
  screen.write(Buffer.from('$ '), true)
  screen.rest()
  assert.equal(screen.resting, true)
  assert.equal(timers.pending, 0, 'no timer of a screen that rests')
  screen.resize({ cols: 20, rows: 5 })
  assert.deepEqual(screen.size, { cols: 20, rows: 5 })
  assert.match(screen.snapshot().toString(), /a title that goes on/)
  screen.dispose()
  assert.equal(timers.pending, 0)
})
