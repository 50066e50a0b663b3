/** What a hostile program may not do to a screen that shares its event loop with everybody else's. */
import unicode from '@xterm/addon-unicode11'
import type { Terminal } from '@xterm/headless'
import { boundedWidths, REPEAT_LIMITS, safeErase } from '../../../src/wire/screen.js'
import { unicode15 } from '../../../src/wire/unicode15.js'
import { changeCsi, charProperties } from './internals.js'

/**
 * Counts widths as shells and the pages do (an emoji takes two cells), bounds repeat counts, the length of a cell and
 * the links held, and goes round a sequence at which xterm 6.0 throws.
 */
export function guard(terminal: Terminal): void {
  for (const [final, limit] of Object.entries(REPEAT_LIMITS)) {
    changeCsi(terminal, { final }, (count) => Math.min(count, limit(terminal)))
  }
  for (const id of [{ final: 'J' }, { prefix: '?', final: 'J' }]) {
    changeCsi(terminal, id, (which) => safeErase(which, isLastCell(terminal)))
  }
  terminal.parser.registerOscHandler(8, () => true)
  terminal.loadAddon(new unicode.Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  const version = '15-bounded'
  terminal.unicode.register({ version, ...boundedWidths(unicode15(charProperties(terminal))) })
  terminal.unicode.activeVersion = version
}

function isLastCell(terminal: Terminal): boolean {
  const { active } = terminal.buffer
  return active.cursorY + 1 >= active.length && active.cursorX + 1 >= terminal.cols
}
