/**
 * Cuts the stream of guacd at ends of instructions, so that each WebSocket message is valid UTF-8 and something may be
 * put in between. Bytes stay bytes: lengths are hopped over, nothing is decoded but what the caller asks to see.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { InstructionError, MAX_ELEMENT, MAX_ELEMENTS } from './instruction.js'

/** Bytes of one instruction. guacd's own are below 33 kB. */
const MAX_INSTRUCTION = 256 * 1024
/** Up to here counting bytes is cheaper than asking whether they are ASCII. */
const SHORT = 48

const ZERO = 0x30
const DOT = 0x2e
const COMMA = 0x2c
const SEMICOLON = 0x3b

const NONE: Buffer[] = []

export interface Watch {
  /** Whether the caller wants to see the instruction that begins at `at`; called for each, so it must be quick. */
  wants(bytes: Buffer, at: number): boolean
  /** One whole instruction that was wanted; true takes it out of the stream. */
  take(instruction: Buffer): boolean
}

/** Which instructions may be wanted, by the first and third byte (`4.sync`: `4` and `s`): asked before `wants`, inline. */
export function watchTable(opcodes: readonly string[]): Uint8Array {
  const table = new Uint8Array(65_536)
  for (const opcode of opcodes) {
    const start = Buffer.from(`${opcode.length}.${opcode}`)
    table[((start[0] ?? 0) << 8) | (start[2] ?? 0)] = 1
  }
  return table
}

export class Cutter {
  readonly #watch: Watch
  /** Undefined: any instruction may be wanted. */
  readonly #table: Uint8Array | undefined
  /** Pieces of an instruction that is not whole yet. */
  #parts = NONE
  #partBytes = 0
  /** Within a value; otherwise within a length. */
  #inValue = false
  /** Of the value: code points still to come. Of the length: its digits so far. */
  #count = 0
  #digits = 0
  #elements = 0

  constructor(watch: Watch, table?: Uint8Array) {
    this.#watch = watch
    this.#table = table
  }

  /** What came of an instruction that is not whole yet. */
  get carried(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /**
   * The whole instructions up to here, in as few pieces as can be. They are whole, and UTF-8, all together: an instruction
   * that came in two reads may be in two pieces. Throws `InstructionError`.
   */
  push(chunk: Buffer): Buffer[] {
    const ascii = isAscii(chunk)
    const pieces: Buffer[] = []
    let from = 0
    let start = 0
    if (this.#partBytes > 0) {
      start = this.#hop(chunk, 0, ascii)
      if (start === -1) {
        this.#keep(chunk)
        return pieces
      }
      from = this.#complete(chunk, start, ascii, pieces)
    }
    this.#cut(chunk, from, start, ascii, pieces)
    if (!ascii && !pieces.every(isUtf8)) throw new InstructionError('not UTF-8')
    return pieces
  }

  /** The instruction that was not whole ends at `end` of the chunk. Answers from where on the chunk is still to be cut. */
  #complete(chunk: Buffer, end: number, ascii: boolean, pieces: Buffer[]): number {
    const parts = this.#parts
    const [part = chunk] = parts
    this.#parts = NONE
    this.#partBytes = 0
    // Nobody wants it, and nothing is to be copied together for it.
    if (ascii && parts.length === 1 && part.length > 2 && !this.#mayWant(part, 0) && isAscii(part)) {
      pieces.push(part)
      return 0
    }
    const whole = Buffer.concat([...parts, chunk.subarray(0, end)])
    if (!isUtf8(whole)) throw new InstructionError('not UTF-8')
    if (!this.#taken(whole, 0, whole.length)) pieces.push(whole)
    return end
  }

  /** Appends to `pieces` what is whole, without what is taken. From `begin` on it is for `pieces`, at `next` an instruction begins. */
  #cut(bytes: Buffer, begin: number, next: number, ascii: boolean, pieces: Buffer[]): void {
    const { length } = bytes
    let from = begin
    let start = next
    for (;;) {
      if (ascii && this.#table) start = hopOver(bytes, start, this.#table)
      if (start >= length) break
      const end = this.#hop(bytes, start, ascii)
      if (end === -1) break
      if (this.#taken(bytes, start, end)) {
        if (start > from) pieces.push(bytes.subarray(from, start))
        from = end
      }
      start = end
    }
    if (start > from) pieces.push(bytes.subarray(from, start))
    if (start < length) this.#keep(bytes.subarray(start))
  }

  #mayWant(bytes: Buffer, start: number): boolean {
    const table = this.#table
    return table === undefined || table[((bytes[start] ?? 0) << 8) | (bytes[start + 2] ?? 0)] === 1
  }

  #taken(bytes: Buffer, start: number, end: number): boolean {
    return (
      this.#mayWant(bytes, start) && this.#watch.wants(bytes, start) && this.#watch.take(bytes.subarray(start, end))
    )
  }

  /** Hops to the end of the instruction; -1 where it is not there yet, with what is needed to go on. */
  #hop(bytes: Buffer, from: number, ascii: boolean): number {
    const length = bytes.length
    let at = from
    for (;;) {
      if (!this.#inValue) {
        at = this.#readLength(bytes, at)
        if (!this.#inValue) return -1
      }
      at = ascii ? this.#skipAscii(length, at) : this.#skipUtf8(bytes, at)
      if (at >= length) return -1
      const terminator = bytes[at++]
      this.#inValue = false
      this.#digits = 0
      if (terminator === SEMICOLON) {
        this.#elements = 0
        return at
      }
      if (terminator !== COMMA) throw new InstructionError('a length does not fit')
      if (++this.#elements >= MAX_ELEMENTS) throw new InstructionError('too many elements')
    }
  }

  #readLength(bytes: Buffer, from: number): number {
    let count = this.#digits === 0 ? 0 : this.#count
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      if (byte === DOT && this.#digits > 0) {
        this.#inValue = true
        this.#count = count
        return at + 1
      }
      const digit = byte - ZERO
      if (digit < 0 || digit > 9) throw new InstructionError('a length is wrong')
      count = count * 10 + digit
      if (++this.#digits > 4 || count > MAX_ELEMENT) throw new InstructionError('a length is wrong')
    }
    this.#count = count
    return bytes.length
  }

  #skipAscii(length: number, at: number): number {
    const there = Math.min(this.#count, length - at)
    this.#count -= there
    return at + there
  }

  /** A code point begins at every byte that does not continue one. */
  #skipUtf8(bytes: Buffer, from: number): number {
    let at = from
    if (this.#count > SHORT && isAscii(bytes.subarray(at, at + this.#count))) at = this.#skipAscii(bytes.length, at)
    for (; at < bytes.length; at++) {
      if (((bytes[at] ?? 0) & 0xc0) === 0x80) continue
      if (this.#count === 0) return at
      this.#count--
    }
    return at
  }

  /** A copy: the rest of a large read would stay in memory with it. */
  #keep(rest: Buffer): void {
    this.#partBytes += rest.length
    if (this.#partBytes > MAX_INSTRUCTION) throw new InstructionError('an instruction is too long')
    if (this.#parts === NONE) this.#parts = []
    this.#parts.push(Buffer.from(rest))
  }
}

/**
 * Over instructions that are whole, ASCII and wanted by nobody, which nearly all are: the same as `#hop`, with nothing to
 * remember. Answers where the first other one begins; `#hop` then finds out what it is.
 */
function hopOver(bytes: Uint8Array, from: number, table: Uint8Array): number {
  // So that no read goes beyond the end: the furthest is the dot of a length of four digits.
  const last = bytes.length - 8
  let start = from
  while (start <= last) {
    let at = start
    let first = bytes[at] ?? 0
    if (table[(first << 8) | (bytes[at + 2] ?? 0)] === 1) return start
    for (let elements = 1; ; elements++) {
      let count = first - ZERO
      if (count >>> 0 > 9 || elements > MAX_ELEMENTS) return start
      // Nearly all lengths have one digit.
      if (bytes[at + 1] === DOT) at += count + 2
      else {
        let dot = at + 1
        for (; bytes[dot] !== DOT; dot++) {
          const digit = (bytes[dot] ?? 0) - ZERO
          if (digit >>> 0 > 9 || dot === at + 4) return start
          count = count * 10 + digit
        }
        if (count > MAX_ELEMENT) return start
        at = dot + 1 + count
      }
      if (at > last) return start
      const terminator = bytes[at++]
      if (terminator === SEMICOLON) break
      if (terminator !== COMMA) return start
      first = bytes[at] ?? 0
    }
    start = at
  }
  return start
}
