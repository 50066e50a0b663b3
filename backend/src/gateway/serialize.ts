/**
 * Writes the cells of a buffer as output that draws them again on an empty screen of the same size. Own code and not
 * `@xterm/addon-serialize`, because that loses what a restored shell must keep: colours leak into the alternate screen,
 * bold and dim mix up, a cursor behind the last column and erased cells around a wrap come back wrong.
 */
import type { IBuffer, IBufferCell, IBufferLine } from '@xterm/headless'
import type { FolderRow } from '../../../src/wire/folders.js'
import { folderTold } from './folder-told.js'
import { InternalsError, isPen, type Pen } from './internals.js'
import { backgroundSgr, sgr } from './sgr.js'

const DEFAULT_PEN = '\x1b[m'

type Cell = IBufferCell & Pen

/** Largest piece of output for one buffer, in UTF-16 units; of a longer one the oldest lines are left out. */
const MAX_LENGTH = 4 * 1024 * 1024

export interface SerializeOptions {
  /** Where the shell was, from the top; told again on the same rows. */
  readonly folders?: readonly FolderRow[]
  readonly limit?: number
}

/** The rows of the buffer, oldest first; leaves the cursor anywhere and the pen set. */
export function serializeBuffer(buffer: IBuffer, cols: number, rows: number, options: SerializeOptions = {}): string {
  const { folders = [], limit = MAX_LENGTH } = options
  for (let above = buffer.length - rows; ; above = Math.floor(above / 4)) {
    const from = buffer.length - rows - above
    const text = serializeRows(buffer, cols, from, foldersFrom(folders, from))
    if (text.length <= limit || above <= 0) return text
  }
}

/** Addresses by row; what was told above the first row is told on it. */
function foldersFrom(folders: readonly FolderRow[], from: number): ReadonlyMap<number, string> {
  return new Map(folders.map(({ row, url }) => [Math.max(row, from), url]))
}

function serializeRows(buffer: IBuffer, cols: number, from: number, folders: ReadonlyMap<number, string>): string {
  const writer = new RowWriter(buffer, cols)
  for (let row = from; row < buffer.length; row++) {
    const line = buffer.getLine(row)
    // Behind the last row xterm answers with what lay there before.
    const next = row + 1 < buffer.length ? buffer.getLine(row + 1) : undefined
    if (!line) continue
    writer.row(line)
    const folder = folders.get(row)
    if (folder !== undefined) writer.tell(folderTold(folder))
    if (next?.isWrapped) writer.wrap(line, next)
    else if (row + 1 < buffer.length) writer.newline()
  }
  return writer.text
}

class RowWriter {
  readonly #cols: number
  readonly #scratch: Cell
  readonly #parts: string[] = []
  #pen = DEFAULT_PEN
  /** Packed colours of the last cell printed, while its pen is in use; saves building the same sequence again. */
  #fg = 0
  #bg = 0

  constructor(buffer: IBuffer, cols: number) {
    this.#cols = cols
    this.#scratch = asCell(buffer.getNullCell())
  }

  get text(): string {
    return this.#parts.join('')
  }

  /** The cells of a row; empty ones at its end are left out. */
  row(line: IBufferLine): void {
    let empty = 0
    let column = 0
    while (column < this.#cols) {
      const cell = this.#cell(line, column)
      const text = textOf(cell)
      if (text === '' && cell.isBgDefault()) empty++
      else {
        this.#skip(empty)
        empty = 0
        if (text === '') column += this.#erased(line, column, cell) - 1
        else this.#print(text, cell)
      }
      column += text === '' ? 1 : Math.max(cell.getWidth(), 1)
    }
  }

  /** A sequence that moves nothing and draws nothing. */
  tell(sequence: string): void {
    this.#parts.push(sequence)
  }

  newline(): void {
    this.#usePen(DEFAULT_PEN)
    this.#parts.push('\r\n')
  }

  /** Goes to the next row so that it becomes the continuation of this one. */
  wrap(line: IBufferLine, next: IBufferLine): void {
    const full = !isEmpty(this.#cell(line, this.#cols - 1))
    const first = this.#cell(next, 0)
    this.#usePen(DEFAULT_PEN)
    if (full && !isEmpty(first) && first.isBgDefault()) return
    if (!full) this.#parts.push(`\x1b[${this.#cols}G `)
    this.#parts.push(' ')
    if (!full) this.#eraseAbove(this.#cell(line, this.#cols - 1))
    this.#usePen(DEFAULT_PEN)
    this.#parts.push('\r\x1b[X')
  }

  /** The last cell of the row above was filled to force the wrap; it was an empty one. */
  #eraseAbove(cell: Cell): void {
    this.#parts.push(`\x1b[A\x1b[${this.#cols}G`)
    this.#usePen(backgroundSgr(cell))
    this.#parts.push('\x1b[X\x1b[B')
  }

  /** A run of erased cells of one background; answers its length. */
  #erased(line: IBufferLine, from: number, cell: Cell): number {
    const pen = backgroundSgr(cell)
    let end = from + 1
    while (end < this.#cols) {
      const other = this.#cell(line, end)
      if (textOf(other) !== '' || backgroundSgr(other) !== pen) break
      end++
    }
    this.#usePen(pen)
    this.#parts.push(`\x1b[${end - from}X`)
    this.#skip(end - from)
    return end - from
  }

  #print(text: string, cell: Cell): void {
    if (cell.fg !== this.#fg || cell.bg !== this.#bg || cell.hasExtendedAttrs()) {
      this.#usePen(sgr(cell))
      this.#fg = cell.hasExtendedAttrs() ? -1 : cell.fg
      this.#bg = cell.bg
    }
    this.#parts.push(text)
  }

  #skip(count: number): void {
    if (count > 0) this.#parts.push(`\x1b[${count}C`)
  }

  #usePen(pen: string): void {
    if (pen === this.#pen) return
    this.#pen = pen
    this.#fg = pen === DEFAULT_PEN ? 0 : -1
    this.#bg = 0
    this.#parts.push(pen)
  }

  #cell(line: IBufferLine, column: number): Cell {
    line.getCell(column, this.#scratch)
    return this.#scratch
  }
}

/** What to print for a cell; empty for one that was never written or was erased. */
function textOf(cell: Cell): string {
  const text = cell.getChars()
  if (text !== '') return text
  // A wide character that lost a half leaves an empty cell with its style: a space looks the same.
  return cell.isInverse() || cell.isUnderline() || cell.isStrikethrough() || cell.isOverline() ? ' ' : ''
}

function isEmpty(cell: Cell): boolean {
  return textOf(cell) === '' && cell.getWidth() > 0
}

function asCell(cell: IBufferCell): Cell {
  if (isPen(cell)) return cell
  throw new InternalsError('a cell has no colours')
}
