/**
 * Character widths of Unicode 15, for page and server alike: what Unicode 12 to 15 added or changed since the 11 that
 * xterm's addon has (East_Asian_Width W and F, Emoji_Presentation; General_Category Mn and Me). Character by character,
 * as the programs in a lab count (`wcwidth`): `@xterm/addon-unicode-graphemes` counts by clusters, and puts a shell's
 * cursor elsewhere than the shell has it.
 */
import type { CharProperties } from './screen.js'

const WIDE =
  '31bb-31bf 16ff0-16ff1 18af3-18cd5 18d00-18d08 1aff0-1aff3 1aff5-1affb 1affd-1affe 1b11f-1b122 1b132 1b155 1f6d6-1f6d7 ' +
  '1f6dc-1f6df 1f6fb-1f6fc 1f7f0 1f90c 1f972 1f977-1f979 1f9a3-1f9a4 1f9ab-1f9ad 1f9cb-1f9cc 1fa74-1fa77 1fa7b-1fa7c ' +
  '1fa83-1fa88 1fa96-1fabd 1fabf-1fac5 1face-1fadb 1fae0-1fae8 1faf0-1faf8'
const NOTHING =
  '898-89f 8ca-8d2 b55 c3c d81 ece 180f 1abf-1ace 1dfa a82c 10eab-10eac 10efd-10eff 10f82-10f85 11070 11073-11074 110c2 ' +
  '111cf 11241 1193b-1193c 1193e 11943 11f00-11f01 11f36-11f3a 11f40 11f42 13440 13447-13455 16fe4 1cf00-1cf2d ' +
  '1cf30-1cf46 1e08f 1e2ae 1e4ec-1e4ef'

/** Not wide in any version, though the addon has them so: they stand amid emoji that are. */
const NARROW = '1f93b 1f946'

/** Cells plus one by code point; 0 where nothing changed. */
const changed = new Uint8Array(0x20000)
for (const [ranges, cells] of [[WIDE, 2] as const, [NARROW, 1] as const, [NOTHING, 0] as const]) {
  for (const range of ranges.split(' ')) {
    const [from = '', to = from] = range.split('-')
    changed.fill(cells + 1, Number.parseInt(from, 16), Number.parseInt(to, 16) + 1)
  }
}

/** xterm's `charProperties` of Unicode 11, brought up to 15. */
export function unicode15(eleven: CharProperties): CharProperties {
  return (codepoint, preceding) => {
    const cells = changed[codepoint]
    if (!cells) return eleven(codepoint, preceding)
    // One with a cell stands alone; what has none joins the one before and keeps its width.
    const before = (preceding >> 1) & 3
    return cells > 1 ? (cells - 1) << 1 : before === 0 ? 0 : (before << 1) | 1
  }
}
