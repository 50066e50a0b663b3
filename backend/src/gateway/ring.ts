/** The last bytes of a numbered stream. Pure: no timers, no sockets. */

const FIRST_CAPACITY = 16 * 1024

/**
 * Keeps at most `capacity` bytes, numbered from 0 since the stream began. Bytes are copied in and out, so that a caller
 * may keep what it read while the ring goes on. A quiet stream takes little memory: the storage grows with need.
 */
export class ByteRing {
  readonly capacity: number
  #storage: Buffer
  #end = 0
  #length = 0

  constructor(capacity = 1024 * 1024) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError('a ring holds at least one byte')
    this.capacity = capacity
    this.#storage = Buffer.allocUnsafe(Math.min(FIRST_CAPACITY, capacity))
  }

  /** Number of the first byte still held. */
  get start(): number {
    return this.#end - this.#length
  }

  /** Number of the byte that comes next. */
  get end(): number {
    return this.#end
  }

  /** True when the stream can go on from `seq` without a gap. */
  has(seq: number): boolean {
    return Number.isSafeInteger(seq) && seq >= this.start && seq <= this.#end
  }

  append(bytes: Uint8Array): void {
    this.#grow(Math.min(this.#length + bytes.length, this.capacity))
    const size = this.#storage.length
    const kept = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes
    const at = (this.#end + bytes.length - kept.length) % size
    const first = Math.min(kept.length, size - at)
    this.#storage.set(kept.subarray(0, first), at)
    this.#storage.set(kept.subarray(first), 0)
    this.#end += bytes.length
    this.#length = Math.min(this.#length + bytes.length, size)
  }

  /** A copy of up to `limit` bytes from `seq` on; undefined where `seq` is gone or not yet there. */
  read(seq: number, limit: number): Buffer | undefined {
    if (!this.has(seq)) return undefined
    const count = Math.min(limit, this.#end - seq)
    const size = this.#storage.length
    const at = seq % size
    const first = Math.min(count, size - at)
    const copy = Buffer.allocUnsafe(count)
    this.#storage.copy(copy, 0, at, at + first)
    this.#storage.copy(copy, first, 0, count - first)
    return copy
  }

  #grow(needed: number): void {
    if (needed <= this.#storage.length) return
    let size = this.#storage.length
    while (size < needed) size = Math.min(size * 2, this.capacity)
    const held = this.read(this.start, this.#length)
    this.#storage = Buffer.allocUnsafe(size)
    if (!held) return
    const at = this.start % size
    const first = Math.min(held.length, size - at)
    held.copy(this.#storage, at, 0, first)
    held.copy(this.#storage, 0, first)
  }
}
