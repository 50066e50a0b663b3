import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import xterm from '@xterm/headless'
import { guard } from '../../src/gateway/guards.js'
import { parseNow } from '../../src/gateway/internals.js'
import { Screen } from '../../src/gateway/screen.js'
import { Segmenter } from '../../src/gateway/segmenter.js'
import { wholeOf } from './fixtures/cells.js'
import { type Recording, recordings, screensByHand } from './fixtures/recordings.js'

const SCROLLBACK = 200
/** Reloads during a recording, spread over it; one more at its end. */
const RELOADS = 8

function page(cols: number, rows: number): xterm.Terminal {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: 'off' })
  guard(terminal)
  return terminal
}

/** A page that reloads again and again beside one that never does; both go on with what the program writes. */
function replay({ name, cols, rows, output }: Recording): void {
  const failed = (cause: unknown) => assert.fail(String(cause))
  const screen = new Screen({ cols, rows, scrollback: SCROLLBACK, answer: () => undefined, failed })
  const [segmenter, always] = [new Segmenter(), page(cols, rows)]
  let late = page(cols, rows)
  const every = Math.max(Math.floor(output.length / RELOADS), 1)
  output.forEach((bytes, at) => {
    const { passed: whole, shown } = segmenter.push(bytes)
    screen.write(shown)
    parseNow(always, whole)
    parseNow(late, whole)
    if ((at + 1) % every > 0 && at + 1 < output.length) return
    assert.deepEqual(wholeOf(late), wholeOf(always), `${name}: before the reload at piece ${at} of ${output.length}`)
    late = page(cols, rows)
    parseNow(late, screen.snapshot())
    assert.deepEqual(wholeOf(late), wholeOf(always), `${name}: after the reload at piece ${at} of ${output.length}`)
  })
}

const [programs, byHand] = [recordings(), screensByHand()]

test('there are the recordings of 50 programs', () => {
  assert.ok(programs.length >= 50, `${programs.length}`)
})

describe('the screen after a reload equals the screen before, cell by cell: recorded programs', () => {
  for (const recording of programs) test(recording.name, () => replay(recording))
})

describe('the screen after a reload equals the screen before, cell by cell: screens written by hand', () => {
  for (const recording of byHand) test(recording.name, () => replay(recording))
})
