/**
 * Whole characters only. xterm 6 drops a character that is cut between two writes where its last byte before the cut
 * is 0x80 (dashes, quotes, bullets: U+2000 to U+203F), so a cut character waits for its rest here.
 */
import { concat } from '../../wire/bytes.js'

const NOTHING = new Uint8Array(0)

export class CharacterJoiner {
  #rest: Uint8Array<ArrayBuffer> = NOTHING

  /** What can be shown now: earlier bytes that were kept back, and these up to the last whole character. */
  join(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const all = this.#rest.length === 0 ? bytes : concat([this.#rest, bytes])
    const end = all.length - cutLength(all)
    this.#rest = end === all.length ? NOTHING : all.slice(end)
    return all.subarray(0, end)
  }

  clear(): void {
    this.#rest = NOTHING
  }
}

/** Bytes at the end that begin a character and do not finish it (RFC 3629 section 3). */
function cutLength(bytes: Uint8Array): number {
  for (let length = 1; length <= 3; length++) {
    const byte = bytes[bytes.length - length]
    if (byte === undefined || byte < 0x80) return 0
    if (byte >= 0xc0) return length < characterLength(byte) ? length : 0
  }
  return 0
}

function characterLength(lead: number): number {
  if (lead >= 0xf0) return lead < 0xf8 ? 4 : 1
  return lead >= 0xe0 ? 3 : 2
}
