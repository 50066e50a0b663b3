/** What a hostile program may not do to the page: no loop, no cell, no title and no list of links without end. */
import type { Terminal } from '@xterm/xterm'
import { boundedWidths, REPEAT_LIMITS, safeErase } from '../../wire/screen.js'
import { unicode15 } from '../../wire/unicode15.js'
import { boundStrings, changeCsi, charProperties, endLink, forgetLinks, linksHeld } from './internals.js'

/** Longest strings (OSC, DCS), in UTF-16 units: as the server has it. */
const MAX_STRING = 16 * 1024
/** xterm keeps titles, twenty of them on its stack. */
const MAX_TITLE = 4_096
/** Longest address of a link (OSC 8) with its parameters. */
const MAX_LINK = 4_096
/** Longest text for the clipboard (OSC 52), in base64 characters. */
export const MAX_BASE64 = 1024 * 1024
/** With the name of the clipboard before it. */
const MAX_CLIPBOARD = MAX_BASE64 + 64
const LINK = 8
const MOST_OF_OSC: Readonly<Record<number, number>> = {
  0: MAX_TITLE,
  1: MAX_TITLE,
  2: MAX_TITLE,
  [LINK]: MAX_LINK,
  52: MAX_CLIPBOARD,
  // An image: what decodes it has bounds of its own.
  1337: Infinity,
}
/** Final byte of a sixel image, which has bounds of its own as well. */
const SIXEL = 0x71
/** Links held at a time: each one listens to every line that scrolls away. */
const MAX_LINKS = 1_000

export function guard(terminal: Terminal): void {
  for (const [final, limit] of Object.entries(REPEAT_LIMITS)) {
    changeCsi(terminal, { final }, (count) => Math.min(count, limit(terminal)))
  }
  for (const id of [{ final: 'J' }, { prefix: '?', final: 'J' }]) {
    changeCsi(terminal, id, (which) => safeErase(which, isLastCell(terminal)))
  }
  boundStrings(
    terminal,
    (kind, id) => (kind === 'osc' ? MOST_OF_OSC[Number(id)] : id === SIXEL && Infinity) || MAX_STRING,
    // The words of a link that is not taken are plain ones, not a part of the link before.
    (kind, id) => kind === 'osc' && id === LINK && endLink(terminal),
  )
  terminal.parser.registerOscHandler(LINK, (data) => isTooMuch(terminal, data))
  // RIS
  terminal.parser.registerEscHandler({ final: 'c' }, () => {
    forgetLinks(terminal)
    return false
  })
  boundCells(terminal)
}

function isLastCell(terminal: Terminal): boolean {
  const { active } = terminal.buffer
  return active.cursorY + 1 >= active.length && active.cursorX + 1 >= terminal.cols
}

/** The same for one link too many. */
function isTooMuch(terminal: Terminal, link: string): boolean {
  if (link.endsWith(';') || linksHeld(terminal) < MAX_LINKS) return false
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
