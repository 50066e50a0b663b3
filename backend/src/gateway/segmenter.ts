/** Cuts a stream of terminal output between characters and sequences only. Pure. */
import { incompleteTail, incompleteUtf8 } from './tail.js'

/** A sequence longer than this (an image, a clipboard) is passed on while it goes on. */
const MAX_HELD_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

/**
 * Holds back the incomplete character or sequence at the end of what came, until the rest of it comes. Nothing visible
 * waits: an incomplete one draws nothing.
 */
export class Segmenter {
  #held: Buffer = NOTHING
  /** How the long sequence that is being passed on began; empty outside of one. */
  #within: Buffer = NOTHING

  /** True while a long sequence is being passed on: a screen taken now ends inside of it. */
  get within(): boolean {
    return this.#within.length > 0
  }

  /** What may be passed on now. */
  push(bytes: Buffer): Buffer {
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes
    const tail = this.#within.length > 0 ? this.#tailWithin(all) : incompleteTail(all)
    if (tail > MAX_HELD_BYTES) {
      this.#within = Buffer.from(all.subarray(all.length - tail, all.length - tail + 2))
      return this.#cut(all, heldOfString(all))
    }
    return this.#cut(all, tail)
  }

  /** Forgets what is held: the program that was writing it is gone. */
  reset(): void {
    this.#held = NOTHING
    this.#within = NOTHING
  }

  #tailWithin(bytes: Buffer): number {
    const tail = incompleteTail(Buffer.concat([this.#within, bytes]))
    if (tail >= bytes.length + this.#within.length) return heldOfString(bytes)
    this.#within = NOTHING
    return tail
  }

  #cut(bytes: Buffer, tail: number): Buffer {
    const end = bytes.length - tail
    this.#held = tail > 0 ? Buffer.from(bytes.subarray(end)) : NOTHING
    return end === bytes.length ? bytes : bytes.subarray(0, end)
  }
}

/** Inside a string an ESC at the end may begin its terminator (ESC \), so it waits for the next byte. */
function heldOfString(bytes: Buffer): number {
  return bytes[bytes.length - 1] === 0x1b ? 1 : incompleteUtf8(bytes)
}
