/** What goes from the person to the shell, as bytes. */

const encoder = new TextEncoder()

export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** Of xterm's `onBinary`: one byte a character (old mouse reports, which are not UTF-8). */
export function binaryBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff)
}

/** Cuts bytes into frames of at most `limit` bytes (≥ 4), never within a UTF-8 character. */
export function* cutFrames<T extends ArrayBufferLike>(bytes: Uint8Array<T>, limit: number): Generator<Uint8Array<T>> {
  let start = 0
  while (bytes.length - start > limit) {
    let end = start + limit
    while (end > start + limit - 4 && isContinuation(bytes[end])) end--
    yield bytes.subarray(start, end)
    start = end
  }
  if (start < bytes.length) yield bytes.subarray(start)
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

/** Lines of a bracketed paste that are asked about: the program sees that it is one, and the person may not. */
const MANY_LINES = 50

/** How many lines a paste has where the person should see it first; a shell without bracketed paste runs each at once. */
export function linesToAskAbout(text: string, isBracketed: boolean): number | undefined {
  const lines = text.trimEnd().split(/\r\n|\r|\n/).length
  return lines > (isBracketed ? MANY_LINES : 1) ? lines : undefined
}

/**
 * A paste as a shell may get it: a pasted control character could end the bracketed paste and run the rest
 * (`ESC [ 201 ~`), or steer the program. Tabs and line ends stay.
 */
export function cleanPaste(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '')
}
