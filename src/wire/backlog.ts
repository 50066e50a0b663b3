/** Output that waits to be parsed: the oldest lines of it are let go where nobody can ever see them. Pure. */
import { concat } from './bytes.js'
import { countLines, lineStart, plainLines, styleAfter } from './plain.js'

/** Smaller pieces are copied together: one of them may hold a much larger buffer in memory. */
const BLOCK_BYTES = 16 * 1024

type Bytes = Uint8Array

const NOTHING = new Uint8Array(0)

interface Block {
  bytes: Bytes
  /** Line feeds; -1 where it is more than plain output. */
  lines: number
  /** Behind `bytes`, in the memory that they are at the beginning of. */
  room: number
}

export class Backlog {
  readonly #blocks: Block[] = []
  #size = 0
  #lines = 0
  #others = 0

  /** Bytes. */
  get size(): number {
    return this.#size
  }

  /** Nothing but text, colours and line ends waits: no question that somebody waits for the answer to. */
  get isPlain(): boolean {
    return this.#others === 0
  }

  /** `whole`: the bytes begin and end outside of any sequence. */
  push(bytes: Bytes, whole: boolean): void {
    const lines = whole ? plainLines(bytes) : -1
    this.#size += bytes.length
    if (lines < 0) this.#others++
    else this.#lines += lines
    const last = this.#blocks.at(-1)
    if (last && lines >= 0 && last.lines >= 0 && bytes.length <= last.room) this.#join(last, bytes, lines)
    else this.#blocks.push(bytes.length >= BLOCK_BYTES / 2 ? { bytes, lines, room: 0 } : blockOf(bytes, lines))
  }

  /** The oldest piece; undefined when there is none. */
  take(): Bytes | undefined {
    const block = this.#blocks.shift()
    if (!block) return undefined
    this.#size -= block.bytes.length
    if (block.lines < 0) this.#others--
    else this.#lines -= block.lines
    return block.bytes
  }

  /**
   * Lets the oldest lines go where at least `kept` line feeds come after them (enough for whatever was on the screen to
   * scroll out, and what is printed over it), and answers what leads from the screen
   * as it is to one that is the same as if they had been drawn, once the rest is; undefined where nothing can go.
   */
  skip(kept: number): string | undefined {
    const from = this.#others === 0 ? this.#firstKept(kept) : 0
    const first = this.#blocks[from]
    if (from === 0 || !first) return undefined
    const start = lineStart(first.bytes)
    const before = this.#blocks.slice(0, from).map(({ bytes }) => bytes)
    const gone = concat([...before, first.bytes.subarray(0, start)])
    const style = styleAfter(gone)
    if (style === undefined) return undefined
    this.#blocks.splice(0, from)
    const lines = countLines(gone)
    first.lines -= countLines(first.bytes.subarray(0, start))
    first.bytes = first.bytes.subarray(start)
    this.#size -= gone.length
    this.#lines -= lines
    return `${style}\r\n`
  }

  /** The first block that a line begins in and that can be kept as the oldest one; 0 for none. */
  #firstKept(kept: number): number {
    let left = this.#lines - (this.#blocks[0]?.lines ?? 0)
    let found = 0
    for (let at = 1; at < this.#blocks.length; at++) {
      const { bytes, lines } = this.#blocks[at] ?? { bytes: NOTHING, lines: 0 }
      if (left < kept) break
      const start = lineStart(bytes)
      if (start >= 0 && left - countLines(bytes.subarray(0, start)) >= kept) found = at
      left -= lines
    }
    return found
  }

  #join(block: Block, bytes: Bytes, lines: number): void {
    const { length } = block.bytes
    const joined = new Uint8Array(block.bytes.buffer, block.bytes.byteOffset, length + bytes.length)
    joined.set(bytes, length)
    block.bytes = joined
    block.room -= bytes.length
    block.lines += lines
  }
}

/** A copy with room behind it. */
function blockOf(bytes: Bytes, lines: number): Block {
  const size = lines < 0 ? bytes.length : BLOCK_BYTES
  const memory = new Uint8Array(size)
  memory.set(bytes)
  return { bytes: memory.subarray(0, bytes.length), lines, room: size - bytes.length }
}
