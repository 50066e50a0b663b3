/** Cuts a stream of terminal output between characters and sequences only. Pure. */
import { incompleteTail, incompleteUtf8, isControlSequence, sequenceEnd } from './tail.js'

/** A sequence longer than this (an image, a clipboard) is passed on while it goes on. */
const MAX_HELD_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

export interface Segment {
  /** What pages may have now. */
  readonly passed: Buffer
  /**
   * What a screen must see of it: no string (OSC, DCS …) that is too long to be held. Nothing of such a one shows on a
   * screen of text, and xterm would take a hundred times its length to hold it.
   */
  readonly shown: Buffer
  /** `shown` begins and ends outside of any sequence. */
  readonly whole: boolean
}

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

  push(bytes: Buffer): Segment {
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes
    const before = this.#within
    const from = this.#endOfLong(all)
    if (from < 0) return this.#segment(all, heldOfString(all), isControlSequence(before) ? 0 : all.length, before)
    const tail = incompleteTail(all.subarray(from))
    const shownFrom = isControlSequence(before) ? 0 : from
    if (tail <= MAX_HELD_BYTES) return this.#segment(all, tail, shownFrom, before)
    const start = all.length - tail
    this.#within = Buffer.from(all.subarray(start, start + 2))
    const held = heldOfString(all)
    return this.#segment(all, held, shownFrom, before, isControlSequence(this.#within) ? undefined : start)
  }

  /** Forgets what is held: the program that was writing it is gone. */
  reset(): void {
    this.#held = NOTHING
    this.#within = NOTHING
  }

  /** Where the long sequence ends that is being passed on: 0 for none, -1 where it goes on. */
  #endOfLong(bytes: Buffer): number {
    const began = this.#within.length
    if (began === 0) return 0
    const end = sequenceEnd(Buffer.concat([this.#within, bytes]), 0)
    if (end < 0) return -1
    this.#within = NOTHING
    return Math.max(end - began, 0)
  }

  /** Passes on all but the last bytes. */
  #segment(all: Buffer, held: number, shownFrom: number, before: Buffer, shownTo = all.length - held): Segment {
    const end = all.length - held
    this.#held = held > 0 ? Buffer.from(all.subarray(end)) : NOTHING
    const passed = held > 0 ? all.subarray(0, end) : all
    const whole = !isControlSequence(before) && !isControlSequence(this.#within)
    if (shownFrom === 0 && shownTo === end) return { passed, shown: passed, whole }
    return { passed, shown: all.subarray(Math.min(shownFrom, shownTo), shownTo), whole }
  }
}

/** Inside a string an ESC at the end may begin its terminator (ESC \), so it waits for the next byte. */
function heldOfString(bytes: Buffer): number {
  return bytes[bytes.length - 1] === 0x1b ? 1 : incompleteUtf8(bytes)
}
