/**
 * What a hostile program may not do to a screen. The page and the server parse the same bytes by the same rules, so
 * that both screens agree cell by cell; both share their thread with everything else there.
 */

interface Cells {
  readonly cols: number
  readonly rows: number
}

/**
 * Most repeats that change anything, by the final byte of the CSI sequence: xterm 6.0 would loop two thousand million
 * times (`CSI 2147483647 S`).
 */
export const REPEAT_LIMITS: Readonly<Record<string, (size: Cells) => number>> = {
  S: ({ rows }) => rows,
  T: ({ rows }) => rows,
  L: ({ rows }) => rows,
  M: ({ rows }) => rows,
  I: ({ cols }) => cols,
  Z: ({ cols }) => cols,
  b: ({ cols, rows }) => cols * rows,
}

/**
 * Erasing up to the cursor (ED 1) throws in xterm 6.0 with the cursor in the very last cell: there it erases everything
 * (ED 2), which is the same.
 */
export function safeErase(which: number, isLastCell: boolean): number {
  return which === 1 && isLastCell ? 2 : which
}

/** xterm's `charProperties`: bit 0 joins the cell before, bits 1 and 2 are the width, the rest is the provider's. */
export type CharProperties = (codepoint: number, preceding: number) => number

/** Combining characters one cell takes; further ones get cells of their own, so that no cell grows without end. */
const MAX_JOINED = 16
const KIND_SHIFT = 3
const JOIN = 1
/** Properties of a character one cell wide that joins nothing. */
const ALONE = 1 << 1

/** Character widths as `usual` says them, with bounded cells. */
export function boundedWidths(usual: CharProperties): {
  wcwidth(codepoint: number): 0 | 1 | 2
  charProperties: CharProperties
} {
  return {
    wcwidth: (codepoint) => width(usual(codepoint, 0)),
    charProperties: (codepoint, preceding) => {
      // Printable ASCII, which most output is.
      if (codepoint < 0x7f && codepoint >= 0x20) return ALONE
      const properties = usual(codepoint, preceding)
      if ((properties & JOIN) === 0) return properties
      const joined = (preceding >> KIND_SHIFT) + 1
      return joined > MAX_JOINED ? ALONE : properties | (joined << KIND_SHIFT)
    },
  }
}

function width(properties: number): 0 | 1 | 2 {
  const cells = (properties >> 1) & 3
  return cells === 2 ? 2 : cells === 1 ? 1 : 0
}
