/** What a hostile program may not do to the page: no loop, no cell, no title and no list of links without end. */
import type { Terminal } from '@xterm/xterm'
import { boundedWidths, REPEAT_LIMITS, safeErase } from '../../wire/screen.js'
import { unicode15 } from '../../wire/unicode15.js'
import { changeCsi, charProperties, endLink, linksHeld } from './internals.js'

/** xterm keeps titles, twenty of them on its stack; a longer one is no title. UTF-16 units, as are those below. */
const MAX_TITLE = 4_096
/** Longest address of a link (OSC 8) with its parameters. */
const MAX_LINK = 4_096
/** Links held at a time: each one listens to every line that scrolls away. */
const MAX_LINKS = 1_000

export function guard(terminal: Terminal): void {
  for (const [final, limit] of Object.entries(REPEAT_LIMITS)) {
    changeCsi(terminal, { final }, (count) => Math.min(count, limit(terminal)))
  }
  for (const id of [{ final: 'J' }, { prefix: '?', final: 'J' }]) {
    changeCsi(terminal, id, (which) => safeErase(which, isLastCell(terminal)))
  }
  for (const id of [0, 1, 2]) terminal.parser.registerOscHandler(id, ({ length }) => length > MAX_TITLE)
  terminal.parser.registerOscHandler(8, (data) => isTooMuch(terminal, data))
  boundCells(terminal)
}

function isLastCell(terminal: Terminal): boolean {
  const { active } = terminal.buffer
  return active.cursorY + 1 >= active.length && active.cursorX + 1 >= terminal.cols
}

/** The words of a link that is not taken are plain ones, not a part of the link before. */
function isTooMuch(terminal: Terminal, link: string): boolean {
  const isEnd = link.endsWith(';')
  if (isEnd || (link.length <= MAX_LINK && linksHeld(terminal) < MAX_LINKS)) return false
  endLink(terminal)
  return true
}

function boundCells(terminal: Terminal): void {
  const usual = charProperties(terminal)
  if (!usual) return
  const version = '15-bounded'
  terminal.unicode.register({ version, ...boundedWidths(unicode15(usual)) })
  terminal.unicode.activeVersion = version
}
