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
const MOST: Readonly<Record<string, number>> = {
  osc0: MAX_TITLE,
  osc1: MAX_TITLE,
  osc2: MAX_TITLE,
  osc8: MAX_LINK,
  osc52: MAX_CLIPBOARD,
  // Images, iTerm's and sixel: what decodes them has bounds of its own.
  osc1337: Infinity,
  dcs113: Infinity,
}
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
    (kind) => MOST[kind] ?? MAX_STRING,
    // The words of a link that is not taken are plain ones, not a part of the link before.
    (kind) => kind === 'osc8' && endLink(terminal),
  )
  terminal.parser.registerOscHandler(8, (data) => isTooMuch(terminal, data))
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
