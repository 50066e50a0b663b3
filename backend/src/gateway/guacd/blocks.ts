/**
 * Memory for what guacd says, used again and again. A read that allocates its 64 kB keeps the garbage collector busier
 * than all that is done with the bytes.
 */

/** Bytes of one read, at the most. */
export const BLOCK_BYTES = 64 * 1024
/** What is smaller is cut from memory that Node shares among small buffers. */
const SMALL = 4 * 1024
/** Blocks that wait for their next use. */
const KEPT = 64

const free: Buffer[] = []

export interface Block {
  readonly bytes: Buffer
  /** What is used again; undefined where nothing is. */
  readonly memory: Buffer | undefined
}

/** A copy. */
export function blockOf(bytes: Buffer): Block {
  const { length } = bytes
  if (length < SMALL || length > BLOCK_BYTES) return { bytes: Buffer.from(bytes), memory: undefined }
  const memory = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
  bytes.copy(memory)
  return { bytes: memory.subarray(0, length), memory }
}

/** Nobody looks at its bytes any more. One that is never given back is the garbage collector's. */
export function giveBack({ memory }: Block): void {
  if (memory && free.length < KEPT) free.push(memory)
}
