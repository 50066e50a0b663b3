/**
 * How much of the output one page may have before it, in bytes: enough that it never waits for more, and so little that
 * what answers a key is soon painted. Pure. As LEDBAT does (RFC 6817): what is acknowledged later than on an idle link
 * stood in a queue, and the window is what makes the queue.
 */
import { SSH_ACK_BYTES, SSH_WINDOW_BYTES } from '../../../src/wire/ssh.js'

/** What a page works on while it paints, and what it asks for meanwhile. */
const LEAST = 96 * 1024
/** How long (ms) output may stand in a queue: two frames on the screen. */
const QUEUE_MS = 30
/** How much of news is believed at once. */
const NEWS = 0.25

interface Mark {
  readonly seq: number
  readonly at: number
  /** Nothing else was on its way. */
  readonly alone: boolean
}

export class SendWindow {
  #size = LEAST
  #marks: Mark[] = []
  /** There was a queue: what fits is known, and felt for in small steps. */
  #settled = false
  /** From sending to acknowledgement on an idle link, milliseconds. */
  #base: number | undefined

  get size(): number {
    return this.#size
  }

  /** Output goes on from elsewhere. */
  reset(): void {
    this.#marks = []
  }

  /** Sent up to `seq`; `before` bytes were on their way. */
  sent(seq: number, before: number, now: number): void {
    this.#marks.push({ seq, at: now, alone: before < SSH_ACK_BYTES })
  }

  /** `bytes` more are acknowledged, up to `seq`. */
  acked(seq: number, bytes: number, now: number): void {
    let last: Mark | undefined
    while (this.#marks[0] && this.#marks[0].seq <= seq) last = this.#marks.shift()
    if (!last) return
    const delay = now - last.at
    const base = this.#learn(delay, last.alone)
    const isLate = delay - base > QUEUE_MS
    this.#settled ||= isLate
    const change = isLate ? -bytes / 2 : bytes * (this.#settled ? NEWS : 1)
    this.#size = Math.min(Math.max(Math.round(this.#size + change), LEAST), SSH_WINDOW_BYTES)
  }

  #learn(delay: number, alone: boolean): number {
    const base = this.#base
    if (base === undefined || delay < base) this.#base = delay
    else if (alone) this.#base = base + (delay - base) * NEWS
    return this.#base ?? delay
  }
}
