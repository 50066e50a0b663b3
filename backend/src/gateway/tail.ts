/**
 * Where a piece of terminal output may be cut. Pure. A piece that ends inside a character or an escape sequence cannot
 * be drawn yet, and a screen taken there could not be restored; xterm's UTF-8 decoder even drops a character that is
 * split behind a byte 0x80 (`…` as E2 80 | A6). So the stream is only ever cut between characters and sequences.
 */

const ESC = 0x1b
const CAN = 0x18
const SUB = 0x1a
const BEL = 0x07
/** First byte of the C1 controls U+0080 to U+009F in UTF-8; the second is the control itself. */
const C1 = 0xc2

/** Where a sequence that begins at `start` ends; -1 where it goes on behind the bytes. */
type End = (bytes: Uint8Array, from: number) => number

/** Length of the incomplete UTF-8 character at the end (RFC 3629): 0 to 3. */
export function incompleteUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back]
    if (byte === undefined || byte < 0x80) return 0
    if (byte < 0xc0) continue
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1
    return length > back ? back : 0
  }
  return 0
}

/**
 * Length of the incomplete character or sequence (ESC, CSI, OSC, DCS, SOS, PM, APC; 7 bit and 8 bit) at the end of
 * bytes that begin outside of any. ECMA-48 sections 5.3 to 5.6, as a VT500 parser reads them.
 */
export function incompleteTail(bytes: Uint8Array): number {
  let at = 0
  let c1 = nextC1(bytes, 0)
  for (;;) {
    const esc = bytes.indexOf(ESC, at)
    if (c1 >= 0 && c1 < at) c1 = nextC1(bytes, at)
    const start = c1 >= 0 && (esc < 0 || c1 < esc) ? c1 : esc
    if (start < 0) return incompleteUtf8(bytes)
    at = sequenceEnd(bytes, start)
    if (at < 0) return bytes.length - start
  }
}

/** The next 8-bit introducer, -1 for none: rare, so it is looked for once and not for each sequence. */
function nextC1(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(C1, from)
  while (at >= 0 && !c1End(bytes[at + 1])) at = bytes.indexOf(C1, at + 1)
  return at
}

/** Where the sequence that begins at `start` ends; -1 where it goes on behind the bytes. */
export function sequenceEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] === C1) return c1End(bytes[start + 1])?.(bytes, start + 2) ?? start + 2
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === ESC) return at
    if (byte === CAN || byte === SUB || byte >= 0x80) return at + 1
    if (byte === 0x5b) return csiEnd(bytes, at + 1)
    if (byte === 0x5d) return oscEnd(bytes, at + 1)
    if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return stringEnd(bytes, at + 1)
    if (byte >= 0x30 && byte < 0x7f) return at + 1
  }
  return -1
}

/** A CSI, by its beginning; a string otherwise, where it is a long one. */
export function isControlSequence(begin: Uint8Array): boolean {
  return (begin[0] === ESC && begin[1] === 0x5b) || (begin[0] === C1 && begin[1] === 0x9b)
}

function c1End(control: number | undefined): End | undefined {
  switch (control) {
    case 0x9b:
      return csiEnd
    case 0x9d:
      return oscEnd
    case 0x90:
    case 0x98:
    case 0x9e:
    case 0x9f:
      return stringEnd
    default:
      return undefined
  }
}

function csiEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === ESC) return at
    if (byte === CAN || byte === SUB || (byte >= 0x40 && byte !== 0x7f)) return at + 1
  }
  return -1
}

const oscEnd: End = (bytes, from) => untilTerminator(bytes, from, true)
const stringEnd: End = (bytes, from) => untilTerminator(bytes, from, false)

function untilTerminator(bytes: Uint8Array, from: number, bell: boolean): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === CAN || byte === SUB || (bell && byte === BEL)) return at + 1
    if (byte === C1 && bytes[at + 1] === 0x9c) return at + 2
    if (byte !== ESC) continue
    if (at + 1 === bytes.length) return -1
    return bytes[at + 1] === 0x5c ? at + 2 : at
  }
  return -1
}
