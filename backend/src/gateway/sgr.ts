/** Colours and styles as the escape sequence that sets them (ECMA-48 SGR, with the colon forms of ITU-T T.416). */
import type { Pen } from './internals.js'

/** xterm's mode of the 16 colours with a name; bold brightens those, and not the same ones told by number. */
const NAMED = 0x1000000
/** xterm's mode of a colour that is its own value. */
const RGB = 0x3000000

/** The sequence that sets a pen that prints what a cell shows, whatever was set before. */
export function sgr(cell: Pen): string {
  return cell.isAttributeDefault() ? '\x1b[m' : sequence(cell, cellUnderlineColour(cell))
}

/**
 * The sequence that sets exactly this pen: a colour of underlines stays set while nothing is underlined, and when it is
 * that of the text, which may change.
 */
export function penSgr(pen: Pen): string {
  const { underlineColor } = pen.extended
  return underlineColor === 0 ? sgr(pen) : sequence(pen, underlineColour(underlineColor))
}

function sequence(pen: Pen, ofUnderline: string[]): string {
  const codes = ['0']
  if (pen.isBold()) codes.push('1')
  if (pen.isDim()) codes.push('2')
  if (pen.isItalic()) codes.push('3')
  if (pen.isUnderline()) codes.push(pen.getUnderlineStyle() > 1 ? `4:${pen.getUnderlineStyle()}` : '4')
  codes.push(...ofUnderline)
  if (pen.isBlink()) codes.push('5')
  if (pen.isInverse()) codes.push('7')
  if (pen.isInvisible()) codes.push('8')
  if (pen.isStrikethrough()) codes.push('9')
  if (pen.isOverline()) codes.push('53')
  codes.push(...foreground(pen), ...background(pen))
  return `\x1b[${codes.join(';')}m`
}

/** The sequence that sets only the background of this pen, as erased cells keep it. */
export function backgroundSgr(pen: Pen): string {
  return `\x1b[${['0', ...background(pen)].join(';')}m`
}

function cellUnderlineColour(cell: Pen): string[] {
  if (!cell.isUnderline() || cell.isUnderlineColorDefault()) return []
  const own = cell.getUnderlineColor()
  if (cell.isUnderlineColorRGB() && !(cell.isFgRGB() && own === cell.getFgColor())) return [`58:2::${rgb(own, ':')}`]
  return cell.isUnderlineColorPalette() && !(cell.isFgPalette() && own === cell.getFgColor()) ? [`58:5:${own}`] : []
}

function underlineColour(packed: number): string[] {
  return (packed & RGB) === RGB ? [`58:2::${rgb(packed, ':')}`] : [`58:5:${packed & 255}`]
}

function foreground(pen: Pen): string[] {
  const color = pen.getFgColor()
  if (pen.isFgRGB()) return [`38;2;${rgb(color, ';')}`]
  if (!pen.isFgPalette()) return []
  return [pen.getFgColorMode() !== NAMED ? `38;5;${color}` : color < 8 ? `${30 + color}` : `${82 + color}`]
}

function background(pen: Pen): string[] {
  const color = pen.getBgColor()
  if (pen.isBgRGB()) return [`48;2;${rgb(color, ';')}`]
  if (!pen.isBgPalette()) return []
  return [pen.getBgColorMode() !== NAMED ? `48;5;${color}` : color < 8 ? `${40 + color}` : `${92 + color}`]
}

function rgb(color: number, separator: string): string {
  return [(color >>> 16) & 255, (color >>> 8) & 255, color & 255].join(separator)
}
