/**
 * Output that only prints: text, line ends, tabs, colours and styles (SGR), and erasing in the line (EL). Pure. What it
 * leaves on a screen can be told from its last lines, so the lines before need never be parsed.
 */

const ESC = 0x1b
const LF = 0x0a
const CR = 0x0d
/** First byte of the C1 controls U+0080 to U+009F in UTF-8. */
const C1 = 0xc2
/** Final byte of SGR. */
const SGR = 0x6d

const TEXT = 1
const PRINTS = new Uint8Array(256).fill(TEXT, 0x20, 0x7f).fill(TEXT, 0x80)
// BEL, BS, TAB, CR; a line feed is counted.
for (const control of [0x07, 0x08, 0x09, CR]) PRINTS[control] = TEXT

/** Line feeds in plain output; -1 for output that does anything else. The bytes begin and end outside of any sequence. */
export function plainLines(bytes: Uint8Array): number {
  let lines = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === LF) lines++
    else if (byte === ESC) {
      at = styleEnd(bytes, at + 1)
      if (at < 0) return -1
    } else if (PRINTS[byte] !== TEXT || (byte === C1 && (bytes[at + 1] ?? 0) < 0xa0)) return -1
  }
  return lines
}

/** The last byte of an SGR or EL sequence; -1 for another one. */
function styleEnd(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== 0x5b) return -1
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === SGR || byte === 0x4b) return at
    // Digits, colon, semicolon.
    if (byte < 0x30 || byte > 0x3b) return -1
  }
  return -1
}

/** An SGR sequence whose first parameter is 0, the default: what was set before does not count behind it. */
const RESET = /^.\[0*[;m]/s
/** Styles since the last reset that are taken over. */
const MAX_STYLES = 64

/** What sets the style that plain output ends with, whatever it began with; undefined where that is too much to say. */
export function styleAfter(bytes: Uint8Array): string | undefined {
  const styles: string[] = []
  for (let at = bytes.lastIndexOf(ESC); at >= 0; at = at > 0 ? bytes.lastIndexOf(ESC, at - 1) : -1) {
    const end = styleEnd(bytes, at + 1)
    if (end < 0 || bytes[end] !== SGR) continue
    if (styles.length === MAX_STYLES) return undefined
    const style = String.fromCharCode(...bytes.subarray(at, end + 1))
    styles.unshift(style)
    if (RESET.test(style)) break
  }
  return styles.join('')
}

/** Where the first line begins that follows a line end (CR LF); -1 for none. */
export function lineStart(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] === CR) return at + 1
  return -1
}

export function countLines(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++
  return lines
}
