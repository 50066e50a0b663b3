/** A whole screen as one piece of output: cells, scrollback, both buffers, and everything a program had set. */
import type { IBuffer, IBufferLine, Terminal } from '@xterm/headless'
import type { FolderRow, Folders } from '../../../src/wire/folders.js'
import { folderTold } from './folder-told.js'
import { type BufferState, bufferState, type HiddenState, hiddenState, InternalsError, isPen } from './internals.js'
import { serializeBuffer } from './serialize.js'
import { backgroundSgr, penSgr, sgr } from './sgr.js'

/** RIS, and what RIS leaves: palette and colours, newline mode, cursor shape. */
const CLEAN = '\x1bc\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\\x1b[20l\x1b[?25h'
const MOUSE = { none: '', x10: '\x1b[?9h', vt200: '\x1b[?1000h', drag: '\x1b[?1002h', any: '\x1b[?1003h' }
const CURSOR_STYLES = ['block', 'underline', 'bar']

export interface SnapshotOptions {
  /** Output (title, colours) that is put in where it disturbs nothing. */
  readonly extra?: string
  /** Where the shell was. */
  readonly folders?: Pick<Folders, 'first' | 'rows' | 'alternate'>
}

/**
 * Output that brings any terminal of the same size into the state of `terminal`. Not restored: links (OSC 8),
 * synchronized output (a passing state), what xterm ignores.
 */
export function snapshotOf(terminal: Terminal, { extra = '', folders }: SnapshotOptions = {}): string {
  const { normal, alternate, active } = terminal.buffer
  const hidden = hiddenState(terminal)
  const first = folders?.first
  // Before the reset, which forgets where a shell was, and not where it was first.
  const parts = [first === undefined ? '' : folderTold(first), CLEAN, extra]
  parts.push(...bufferParts(terminal, normal, bufferState(terminal, 'normal'), folders?.rows))
  if (active.type === 'alternate') {
    parts.push(cursorTo(normal.cursorY, normal.cursorX), '\x1b[m\x1b[?1047h\x1b[H')
    parts.push(...bufferParts(terminal, alternate, bufferState(terminal, 'alt')))
    if (folders?.alternate !== undefined) parts.push(folderTold(folders.alternate))
  }
  parts.push(...modes(terminal, hidden), ...cursor(terminal, hidden))
  return parts.join('')
}

/** Cells, tab stops, saved cursor and scroll region of one buffer. */
function bufferParts(
  terminal: Terminal,
  buffer: IBuffer,
  state: BufferState,
  folders: readonly FolderRow[] = [],
): string[] {
  const parts = [
    serializeBuffer(buffer, terminal.cols, terminal.rows, { folders }),
    ...tabStops(state.tabs, terminal.cols),
  ]
  parts.push(cursorTo(state.savedRow, state.savedColumn), penSgr(state.savedPen), designate(0, state.savedCharset))
  parts.push('\x1b7', '\x1b[m', designate(0, undefined))
  if (state.scrollTop !== 0 || state.scrollBottom !== terminal.rows - 1) {
    parts.push(`\x1b[${state.scrollTop + 1};${state.scrollBottom + 1}r`)
  }
  return parts
}

function tabStops(tabs: readonly number[], cols: number): string[] {
  const usual = tabs.every((tab) => tab % 8 === 0) && tabs.filter((tab) => tab < cols).length === Math.ceil(cols / 8)
  if (usual) return []
  return ['\x1b[3g', ...tabs.filter((tab) => tab < cols).map((tab) => `\x1b[${tab + 1}G\x1bH`)]
}

function modes(terminal: Terminal, hidden: HiddenState): string[] {
  const now = terminal.modes
  const parts = [MOUSE[now.mouseTrackingMode]]
  if (now.applicationCursorKeysMode) parts.push('\x1b[?1h')
  if (now.applicationKeypadMode) parts.push('\x1b[?66h')
  if (now.bracketedPasteMode) parts.push('\x1b[?2004h')
  if (now.reverseWraparoundMode) parts.push('\x1b[?45h')
  if (now.sendFocusMode) parts.push('\x1b[?1004h')
  if (!now.wraparoundMode) parts.push('\x1b[?7l')
  if (now.originMode) parts.push('\x1b[?6h')
  if (terminal.options.convertEol) parts.push('\x1b[20h')
  if (hidden.mouseEncoding === 'SGR') parts.push('\x1b[?1006h')
  if (hidden.mouseEncoding === 'SGR_PIXELS') parts.push('\x1b[?1016h')
  if (hidden.cursorHidden) parts.push('\x1b[?25l')
  const style = CURSOR_STYLES.indexOf(hidden.cursorStyle)
  if (style >= 0) parts.push(`\x1b[${style * 2 + (hidden.cursorBlink ? 1 : 2)} q`)
  return parts
}

/**
 * Puts the cursor where it was. Behind the last column, and right after a printed character (which REP repeats and
 * combining characters join), a position alone will not do: the character before the cursor is printed once more.
 */
function cursor(terminal: Terminal, hidden: HiddenState): string[] {
  const { active } = terminal.buffer
  const insert = terminal.modes.insertMode
  const origin = terminal.modes.originMode
  const top = origin ? bufferState(terminal, active.type === 'normal' ? 'normal' : 'alt').scrollTop : 0
  const last = active.cursorX >= terminal.cols || (hidden.printed && !insert) ? characterBefore(active) : undefined
  const pen = [...charsets(hidden), penSgr(hidden.pen)]
  const after = insert ? ['\x1b[4h'] : []
  if (!last) return [...pen, cursorTo(active.cursorY - top, active.cursorX), ...after]
  const place = cursorTo(active.cursorY - top, last.column)
  if (hidden.printed && !insert) return [...pen, place, last.text]
  return [last.pen, place, last.text, ...pen, ...after]
}

/** What to print again, and where; an erased cell comes back by erasing its row, which does not move the cursor. */
function characterBefore(buffer: IBuffer): { column: number; text: string; pen: string } | undefined {
  const line = buffer.getLine(buffer.baseY + buffer.cursorY)
  for (let column = buffer.cursorX - 1; column >= Math.max(buffer.cursorX - 2, 0); column--) {
    const cell = line?.getCell(column)
    if (!cell) return undefined
    if (!isPen(cell)) throw new InternalsError('a cell has no colours')
    const text = cell.getChars()
    // Not right behind a whole character: a wide one that was cut or did not fit.
    if (cell.getWidth() > 0 && column + cell.getWidth() !== buffer.cursorX) return undefined
    if (text !== '') return { column, text, pen: sgr(cell) }
    if (cell.getWidth() > 0) return isErased(line) ? { column, text: ' \x1b[2K', pen: backgroundSgr(cell) } : undefined
  }
  return undefined
}

/** Nothing on the row but one background. */
function isErased(line: IBufferLine | undefined): boolean {
  const first = line?.getCell(0)
  for (let column = 0; line && column < line.length; column++) {
    const cell = line.getCell(column)
    if (cell?.getChars() !== '' || cell.getBgColor() !== first?.getBgColor()) return false
  }
  return true
}

/** Only the sets that programs use are known by what they translate: DEC line drawing and British. */
function designate(slot: number, charset: unknown): string {
  const intermediate = '()*+'.charAt(slot)
  if (typeof charset !== 'object' || charset === null) return `\x1b${intermediate}B`
  return `\x1b${intermediate}${Reflect.has(charset, 'q') ? '0' : 'A'}`
}

function charsets(hidden: HiddenState): string[] {
  const sets = [...hidden.charsets]
  // Restoring a saved cursor (DECRC) changes the set in use and not its slot.
  sets[hidden.charsetLevel] = hidden.charset
  const parts = sets.flatMap((charset, slot) => (charset && slot < 4 ? [designate(slot, charset)] : []))
  const shift = ['\x0f', '\x0e', '\x1bn', '\x1bo'][hidden.charsetLevel]
  return hidden.charsetLevel === 0 || shift === undefined ? parts : [...parts, shift]
}

function cursorTo(row: number, column: number): string {
  return `\x1b[${row + 1};${column + 1}H`
}
