/** Colours and styles as the escape sequence that sets them (ECMA-48 SGR, with the colon forms of ITU-T T.416). */
import type { Pen } from './internals.js'

/** xterm's mode of the 16 colours with a name; bold brightens those, and not the same ones told by number. */
const NAMED = 0x1000000

/** The sequence that sets exactly this pen, whatever was set before. */
export function sgr(pen: Pen): string {
  if (pen.isAttributeDefault()) return '\x1b[m'
  const codes = ['0']
  if (pen.isBold()) codes.push('1')
  if (pen.isDim()) codes.push('2')
  if (pen.isItalic()) codes.push('3')
  if (pen.isUnderline()) codes.push(...underline(pen))
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

function underline(pen: Pen): string[] {
  const style = pen.getUnderlineStyle()
  const codes = [style > 1 ? `4:${style}` : '4']
  if (pen.isUnderlineColorDefault()) return codes
  const own = pen.getUnderlineColor()
  if (pen.isUnderlineColorRGB() && !(pen.isFgRGB() && own === pen.getFgColor())) codes.push(`58:2::${rgb(own, ':')}`)
  else if (pen.isUnderlineColorPalette() && !(pen.isFgPalette() && own === pen.getFgColor())) codes.push(`58:5:${own}`)
  return codes
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
