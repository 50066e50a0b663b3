/** Whether two terminals are the same to whatever may be written to them and asked of them next. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless'
import { bufferState, hiddenState, isPen, type Pen } from './internals.js'
import { penSgr, sgr } from './sgr.js'

/** Cell by cell, with both buffers and what belongs to no cell. Stricter than what anybody could see. */
export function sameTerminal(one: Terminal, other: Terminal): boolean {
  if (!isDeepStrictEqual(settings(one), settings(other))) return false
  return (['normal', 'alternate'] as const).every((which) => sameCells(one.buffer[which], other.buffer[which]))
}

function settings(terminal: Terminal): unknown {
  const { pen, charsets, ...hidden } = hiddenState(terminal)
  const { active } = terminal.buffer
  const part = (which: 'normal' | 'alt') => {
    const { savedPen, ...state } = bufferState(terminal, which)
    return { ...state, savedPen: penSgr(savedPen) }
  }
  return {
    size: [terminal.cols, terminal.rows, active.type, active.length, active.baseY, active.cursorX, active.cursorY],
    modes: { ...terminal.modes, newline: terminal.options.convertEol },
    // The list is as long as the last set that was ever named.
    hidden: { ...hidden, pen: penSgr(pen), charsets: [0, 1, 2, 3].map((slot) => charsets[slot]) },
    buffers: [part('normal'), part('alt')],
  }
}

function sameCells(one: IBuffer, other: IBuffer): boolean {
  if (one.length !== other.length) return false
  const cells = [one.getNullCell(), other.getNullCell()] as const
  for (let row = 0; row < one.length; row++) {
    const [line, twin] = [one.getLine(row), other.getLine(row)]
    if (!line || !twin || line.length !== twin.length || line.isWrapped !== twin.isWrapped) return false
    for (let column = 0; column < line.length; column++) {
      line.getCell(column, cells[0])
      twin.getCell(column, cells[1])
      if (!sameCell(...cells)) return false
    }
  }
  return true
}

function sameCell(one: IBufferCell, other: IBufferCell): boolean {
  if (!isPen(one) || !isPen(other)) return false
  return one.getWidth() === other.getWidth() && one.getChars() === other.getChars() && samePen(one, other)
}

function samePen(one: Pen, other: Pen): boolean {
  if (one.fg !== other.fg || one.bg !== other.bg) return false
  return !one.hasExtendedAttrs() || sgr(one) === sgr(other)
}
