/** What a hostile program may not do to a screen that shares its event loop with everybody else's. */
import type { Terminal } from '@xterm/headless'
import { changeCsi, charProperties } from './internals.js'

/** Combining characters one cell takes; further ones get cells of their own, so that no cell grows without end. */
const MAX_JOINED = 16
const KIND_SHIFT = 3
const JOIN = 1
/** Properties of a character one cell wide that joins nothing. */
const ALONE = 1 << 1

/**
 * Bounds repeat counts by the size of the screen (more changes nothing: xterm would loop two thousand million times),
 * the length of a cell, and the number of links held; goes round a sequence at which xterm 6.0 throws.
 */
export function guard(terminal: Terminal): void {
  const atMost = (final: string, limit: () => number) =>
    changeCsi(terminal, { final }, (count) => Math.min(count, limit()))
  for (const final of ['S', 'T', 'L', 'M']) atMost(final, () => terminal.rows)
  for (const final of ['I', 'Z']) atMost(final, () => terminal.cols)
  atMost('b', () => terminal.cols * terminal.rows)
  changeCsi(terminal, { final: 'J' }, (which) => eraseSafely(terminal, which))
  changeCsi(terminal, { prefix: '?', final: 'J' }, (which) => eraseSafely(terminal, which))
  terminal.parser.registerOscHandler(8, () => true)
  limitJoins(terminal)
}

/** Erasing up to the cursor (ED 1) throws with the cursor in the very last cell: there it erases everything (ED 2). */
function eraseSafely(terminal: Terminal, which: number): number {
  const { active } = terminal.buffer
  const atEnd = active.cursorY + 1 >= active.length && active.cursorX + 1 >= terminal.cols
  return which === 1 && atEnd ? 2 : which
}

function limitJoins(terminal: Terminal): void {
  const usual = charProperties(terminal)
  const version = `${terminal.unicode.activeVersion}-bounded`
  terminal.unicode.register({
    version,
    wcwidth: (codepoint) => width(usual(codepoint, 0)),
    charProperties: (codepoint, preceding) => {
      const properties = usual(codepoint, preceding)
      if ((properties & JOIN) === 0) return properties
      const joined = (preceding >> KIND_SHIFT) + 1
      return joined > MAX_JOINED ? ALONE : properties | (joined << KIND_SHIFT)
    },
  })
  terminal.unicode.activeVersion = version
}

function width(properties: number): 0 | 1 | 2 {
  const cells = (properties >> 1) & 3
  return cells === 2 ? 2 : cells === 1 ? 1 : 0
}
