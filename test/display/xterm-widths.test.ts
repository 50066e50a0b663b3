import { expect } from '@open-wc/testing'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import { guard } from '../../src/display/xterm/guards.js'

/** Character and its cells in Unicode 15, as `wcwidth` of a lab has it; the server's test has the same. */
const CELLS: readonly (readonly [string, number])[] = [
  ['a', 1],
  ['é', 1],
  ['漢', 2],
  ['🎉', 2],
  ['🫠', 2],
  ['🪿', 2],
  ['🩷', 2],
  ['🛜', 2],
  ['𛄲', 2],
  ['🥆', 1],
  ['🇩', 1],
  ['―', 1],
]

describe('character widths', () => {
  let terminal: Terminal

  beforeEach(() => {
    terminal = new Terminal({ cols: 80, allowProposedApi: true })
    terminal.loadAddon(new Unicode11Addon())
    terminal.unicode.activeVersion = '11'
    guard(terminal)
  })
  afterEach(() => terminal.dispose())

  const columnAfter = (text: string) =>
    new Promise<number>((resolve) => terminal.write(text, () => resolve(terminal.buffer.active.cursorX)))

  for (const [character, cells] of CELLS) {
    it(`${character} has ${cells}`, async () => {
      expect(await columnAfter(`|${character}`)).to.equal(1 + cells)
    })
  }

  it('a mark of Unicode 14 joins what it follows', async () => {
    expect(await columnAfter('a\u0898漢\u0898')).to.equal(3)
    expect(terminal.buffer.active.getLine(0)?.getCell(1)?.getChars()).to.equal('漢\u0898')
  })
})
