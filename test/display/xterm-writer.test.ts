import { expect } from '@open-wc/testing'
import { Terminal } from '@xterm/xterm'
import { Writer } from '../../src/display/xterm/writer.js'
import { until } from './fakes/display-page.js'

const OPTIONS = { cols: 60, rows: 12, scrollback: 200, allowProposedApi: true, logLevel: 'off' } as const
const PRINTED = ['word ', '漢字', '\t', '\b', '\x1b[31m', '\x1b[1;48;5;17m', '\x1b[0m', '\x1b[K', 'x'.repeat(70)]
const OTHER = ['\x1b[2J\x1b[H', '\x1b[3;9r', '\x1b[r', '\x1b[?1049h', '\x1b[?1049l', '\x1b]2;title\x07', '\x1b[5;5H']

let seed = 1
function below(limit: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
  return Math.floor((seed / 0x80000000) * limit)
}
const pick = (from: readonly string[]) => from[below(from.length)] ?? ''
const line = () => Array.from({ length: below(8) }, () => pick(PRINTED)).join('')
const flood = (lines: number) => Array.from({ length: lines }, () => `${line()}\r\n`).join('')

/** Pieces as frames come: cut anywhere. */
function* pieces(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + 1 + below(64 * 1024), bytes.length)
    yield bytes.subarray(at, end)
    at = end
  }
}

function stateOf({ buffer, cols }: Terminal): unknown {
  const { active } = buffer
  const rows = Array.from({ length: active.length }, (_, row) => {
    const cells = Array.from({ length: cols }, (_, column) => {
      const cell = active.getLine(row)?.getCell(column)
      return `${cell?.getChars()} ${cell?.getFgColor()} ${cell?.getBgColor()} ${cell?.isBold()}`
    })
    return `${active.getLine(row)?.isWrapped} ${cells.join('|')}`
  })
  return { type: active.type, at: [active.cursorX, active.cursorY], rows }
}

describe('output on its way to xterm', () => {
  for (const [how, frames] of [
    ['', undefined],
    [
      ', and waits for frames',
      {
        get isAhead() {
          return below(8) > 0
        },
      },
    ],
  ] as const)
    it(`lets go only what nobody can ever see${how}`, async function () {
      this.timeout(120_000)
      for (let round = 0; round < 3; round++) {
        const [ours, whole] = [new Terminal(OPTIONS), new Terminal(OPTIONS)]
        const writer = new Writer(ours)
        if (frames) writer.follow(frames)
        let taken = 0
        let given = 0
        for (let part = 0; part < 3; part++) {
          const text = flood(below(6_000)) + pick(OTHER) + line() + pick(OTHER)
          const bytes = new TextEncoder().encode(text)
          for (const piece of pieces(bytes)) {
            given += piece.length
            writer.write(piece, () => {
              taken += piece.length
            })
          }
          await new Promise<void>((resolve) => whole.write(bytes, resolve))
        }
        await until(() => writer.isIdle)
        expect(taken).to.equal(given)
        expect(stateOf(ours)).to.deep.equal(stateOf(whole))
        for (const terminal of [ours, whole]) terminal.dispose()
      }
    })

  it('does not parse most of a flood', async function () {
    this.timeout(120_000)
    const terminal = new Terminal({ ...OPTIONS, scrollback: 1_000 })
    const writer = new Writer(terminal)
    let scrolled = 0
    terminal.onLineFeed(() => scrolled++)
    const bytes = new TextEncoder().encode(Array.from({ length: 100_000 }, (_, at) => `${at}\r\n`).join(''))
    const frames = Array.from({ length: Math.ceil(bytes.length / 32_768) }, (_, at) =>
      bytes.subarray(at * 32_768, (at + 1) * 32_768),
    )
    await Promise.all(frames.map((frame) => new Promise<void>((resolve) => writer.write(frame, resolve))))
    expect(scrolled).to.be.below(50_000)
    expect(terminal.buffer.active.getLine(terminal.buffer.active.length - 2)?.translateToString(true)).to.equal('99999')
    terminal.dispose()
  })

  describe('that nobody would see painted yet', () => {
    const frames = { isAhead: true }
    const piece = new TextEncoder().encode('a line of a flood\r\n'.repeat(1_000))
    let terminal: Terminal
    let writer: Writer
    let lines = 0
    let taken = 0
    const write = () => writer.write(piece, () => taken++)
    beforeEach(() => {
      frames.isAhead = true
      terminal = new Terminal({ ...OPTIONS, scrollback: 50_000 })
      lines = taken = 0
      terminal.onLineFeed(() => lines++)
      writer = new Writer(terminal)
      writer.follow(frames)
    })
    afterEach(() => {
      writer.dispose()
      terminal.dispose()
    })

    it('is taken, and parsed when a frame may come', async () => {
      write()
      expect(taken).to.equal(1)
      expect(writer.isIdle).to.equal(false)
      frames.isAhead = false
      write()
      await until(() => writer.isIdle)
      expect([taken, lines]).to.deep.equal([2, 2_000])
    })

    it('is parsed when nothing more has come', async () => {
      write()
      await until(() => writer.isIdle)
      expect(lines).to.equal(1_000)
    })

    it('is parsed at once where it is more than text: somebody may wait for what it does', async () => {
      writer.write(new TextEncoder().encode('\x1b]2;title\x07\r\n'), () => taken++)
      write()
      expect(taken).to.equal(0)
      await until(() => lines === 1_001)
      expect(taken).to.equal(2)
    })

    it('is parsed when too much of it waits, and then no more is taken', async () => {
      for (let count = 0; count < 26; count++) write()
      expect(taken).to.equal(26)
      // 512 kB, of lines that nobody may let go.
      for (let count = 0; count < 10; count++) write()
      expect(taken).to.be.below(30)
      await until(() => writer.isIdle)
      expect([taken, lines]).to.deep.equal([36, 36_000])
    })
  })

  it('shows the beginning of a line at once, and keeps the order of what comes between', async () => {
    const terminal = new Terminal(OPTIONS)
    const writer = new Writer(terminal)
    writer.write(new TextEncoder().encode('one\r\n$ '), () => undefined)
    writer.write(new TextEncoder().encode('two'), () => undefined)
    writer.flush()
    await new Promise<void>((resolve) => terminal.write('!', resolve))
    expect(terminal.buffer.active.getLine(1)?.translateToString(true)).to.equal('$ two!')
    terminal.dispose()
  })
})
