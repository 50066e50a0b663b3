/** A page that lost its screen has the folders again that the shell had told (OSC 7), row by row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import xterm from '@xterm/headless'
import { Folders } from '../../../src/wire/folders.js'
import { guard } from '../../src/gateway/guards.js'
import { parseNow } from '../../src/gateway/internals.js'
import { RestingScreen } from '../../src/gateway/resting-screen.js'
import { Screen } from '../../src/gateway/screen.js'
import { Random } from './fixtures/random.js'

const SIZE = { cols: 20, rows: 6, scrollback: 30 }
const OPTIONS = { ...SIZE, answer: () => undefined, failed: (cause: unknown) => assert.fail(String(cause)) }

const told = (folder: string) => `\x1b]7;file://lab${folder}\x1b\\`

class Page {
  readonly terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true, logLevel: 'off' })
  readonly folders = new Folders(this.terminal)

  constructor() {
    guard(this.terminal)
  }

  show(output: Uint8Array | string): void {
    parseNow(this.terminal, Buffer.from(output))
  }

  /** By row, and on the alternate screen. */
  get state(): unknown {
    const rows = Array.from({ length: this.terminal.buffer.normal.length }, (_, row) => this.folders.at(row))
    return { first: this.folders.first, rows, last: this.folders.last }
  }
}

function restored(output: string): { always: Page; late: Page } {
  const screen = new Screen(OPTIONS)
  const [always, late] = [new Page(), new Page()]
  screen.write(Buffer.from(output))
  always.show(output)
  late.show(screen.snapshot())
  return { always, late }
}

for (const [what, output] of Object.entries({
  'none told': 'words\r\n',
  'one, before anything': `${told('/home/me')}$ ls\r\nnotes.txt\r\n$ `,
  'another from a row on': `${told('/a')}$ x\r\ny\r\n${told('/b')}$ x\r\ny\r\n${told('/a')}$ `,
  'two on a row': `x${told('/a')}y${told('/b')}z\r\n`,
  'on an empty row, and on the last': `x\r\n\r\n${told('/a')}\r\n\r\n${told('/b')}`,
  'in the middle of a wrapped line': `${'w'.repeat(25)}${told('/a')}${'w'.repeat(40)}\r\n${told('/b')}x`,
  'scrolled out': `${told('/a')}x\r\n${told('/b')}${'line\r\n'.repeat(50)}${told('/c')}$ `,
  'only scrolled out': `${told('/a')}x\r\n${told('/b')}${'line\r\n'.repeat(50)}`,
  'forgotten by a reset, but for the first': `${told('/a')}x\r\n${told('/b')}y\x1bcafter\r\n`,
  'told anew after a reset': `${told('/a')}x\r\n\x1b[!p${told('/b')}y\r\n`,
  'on the alternate screen': `${told('/a')}x\r\n\x1b[?1049h\x1b[Heditor`,
  'told on the alternate screen': `${told('/a')}x\r\ny\x1b[?1049h\x1b[H${told('/b')}shell`,
  'told on the alternate screen, which is left': `${told('/a')}x\r\ny\x1b[?1049h\x1b[H${told('/b')}shell\x1b[?1049l\r\nz`,
  'more than are held': Array.from({ length: 150 }, (_, at) => `${told(`/${at}`)}${at % 5 ? '' : '\r\n'}`).join(''),
  'one that is too long': `${told('/a')}x\r\n${told(`/${'b'.repeat(13_000)}`)}y`,
})) {
  test(`restored: ${what}`, () => {
    const { always, late } = restored(output)
    assert.deepEqual(late.state, always.state)
  })
}

test('restored: whatever a shell told, wherever the page comes', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed * 7919)
    const pieces = Array.from({ length: 1 + random.below(60) }, () =>
      random.below(3) === 0
        ? told(`/${random.below(6)}`)
        : random.below(2) === 0
          ? '\r\n'
          : 'w'.repeat(random.below(30)),
    )
    const { always, late } = restored(pieces.join(''))
    assert.deepEqual(late.state, always.state, `seed ${seed}`)
    const more = `\r\n${told('/more')}x\r\n${'line\r\n'.repeat(random.below(40))}`
    always.show(more)
    late.show(more)
    assert.deepEqual(late.state, always.state, `seed ${seed}, later`)
  }
})

test('what is told on the alternate screen is of no row of the normal one, and ends with it', () => {
  const page = new Page()
  page.show(`${told('/a')}x\r\n${told('/b')}y\r\n\x1b[?1049h\x1b[H${told('/inside')}shell`)
  assert.equal(page.folders.last, 'file://lab/inside')
  page.show('\x1b[?1049lz')
  const { first, last } = page.folders
  const rows = [0, 1].map((row) => page.folders.at(row))
  assert.deepEqual([first, rows, last], ['file://lab/a', ['file://lab/a', 'file://lab/b'], 'file://lab/b'])
  page.show(`\r\n${told('/inside')}$ `)
  assert.deepEqual([page.folders.at(2), page.folders.at(3)], ['file://lab/b', 'file://lab/inside'])
})

test('a screen that was let go has them when it is drawn anew', () => {
  const screen = new RestingScreen(OPTIONS)
  screen.awake.write(Buffer.from(`${told('/a')}$ cd b\r\n${told('/a/b')}$ `))
  screen.rest()
  assert.equal(screen.resting, true)
  const page = new Page()
  page.show(screen.awake.snapshot())
  assert.deepEqual(
    [page.folders.first, page.folders.at(0), page.folders.at(1)],
    ['file://lab/a', 'file://lab/a', 'file://lab/a/b'],
  )
})

test('two screens that differ in a folder only are not the same', () => {
  const [one, other] = [new Screen(OPTIONS), new Screen(OPTIONS)]
  one.write(Buffer.from(`${told('/a')}$ `))
  other.write(Buffer.from(`${told('/b')}$ `))
  assert.equal(one.equals(other), false)
})
