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
  #parts: Buffer[] = []
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

  /** The whole instructions up to here, in as few pieces as can be. Throws `InstructionError`. */
  push(chunk: Buffer): Buffer[] {
    const ascii = isAscii(chunk)
    const end = this.#hop(chunk, 0, ascii)
    if (end === -1) {
      this.#keep(chunk)
      return []
    }
    if (this.#parts.length === 0) return this.#cut(chunk, end, ascii)
    const joined = Buffer.concat([...this.#parts, chunk])
    const before = this.#partBytes
    this.#parts = []
    this.#partBytes = 0
    return this.#cut(joined, before + end, ascii && isAscii(joined.subarray(0, before)))
  }

  /** @param firstEnd The end of the first instruction, already hopped over. */
  #cut(bytes: Buffer, firstEnd: number, ascii: boolean): Buffer[] {
    const pieces: Buffer[] = []
    const watch = this.#watch
    const table = this.#table
    let from = 0
    let start = 0
    let end = firstEnd
    while (end !== -1) {
      const may = table === undefined || table[((bytes[start] ?? 0) << 8) | (bytes[start + 2] ?? 0)] === 1
      if (may && watch.wants(bytes, start) && watch.take(bytes.subarray(start, end))) {
        if (start > from) pieces.push(bytes.subarray(from, start))
        from = end
      }
      start = end
      if (start >= bytes.length) break
      end = ascii ? hopWhole(bytes, start) : -1
      if (end === -1) end = this.#hop(bytes, start, ascii)
    }
    if (start > from) pieces.push(bytes.subarray(from, start))
    if (start < bytes.length) this.#keep(bytes.subarray(start))
    if (!ascii && !pieces.every(isUtf8)) throw new InstructionError('not UTF-8')
    return pieces
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
    this.#parts.push(Buffer.from(rest))
  }
}

/**
 * The end of an instruction that is whole and ASCII, which nearly all are: the same as `#hop`, with nothing to remember.
 * -1 where it is not whole or not sound; `#hop` then finds out which.
 */
function hopWhole(bytes: Buffer, from: number): number {
  const length = bytes.length
  let at = from
  for (let elements = 0; elements < MAX_ELEMENTS; elements++) {
    let count = (bytes[at++] ?? 0) - ZERO
    if (count < 0 || count > 9) return -1
    let byte = bytes[at++] ?? 0
    while (byte !== DOT) {
      const digit = byte - ZERO
      if (digit < 0 || digit > 9 || count > MAX_ELEMENT) return -1
      count = count * 10 + digit
      byte = bytes[at++] ?? 0
    }
    at += count
    if (at >= length || count > MAX_ELEMENT) return -1
    const terminator = bytes[at++]
    if (terminator === SEMICOLON) return at
    if (terminator !== COMMA) return -1
  }
  return -1
}
