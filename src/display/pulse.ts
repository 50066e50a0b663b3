/** Whether the server is still there: asks it, measures the way, and says when nothing came for too long. */

export interface PulsePorts {
  /** Milliseconds, only differences count. */
  now(): number
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}

export interface PulseOptions {
  readonly ports: PulsePorts
  /** How often it asks, and how long a silence (milliseconds) ends the link. */
  readonly pingMs: number
  readonly silenceMs: number
  readonly send: (id: number) => void
  readonly latency: (ms: number) => void
  /** An answer is late (after `pingMs` at the earliest), or came after all. */
  readonly late?: (late: boolean) => void
  /** Called once, and then nothing more. */
  readonly lost: () => void
}

export class Pulse {
  readonly #options: PulseOptions
  #timer: number | undefined
  #heardAt: number
  #open = false
  #late = false
  #sent = 0
  #answered = 0
  #waiting: { id: number; sentAt: number } | undefined

  /** Starts at once: the socket, too, must open in time. */
  constructor(options: PulseOptions) {
    this.#options = options
    this.#heardAt = options.ports.now()
    this.#tick()
  }

  /** The last ping that was answered. */
  get answered(): number {
    return this.#answered
  }

  /** The socket is open: pings can be sent. */
  opened(): void {
    this.#open = true
    this.heard()
    this.ping()
  }

  heard(): void {
    this.#heardAt = this.#options.ports.now()
    this.#tellLate(false)
  }

  /** The number of the ping. */
  ping(): number {
    const id = ++this.#sent
    this.#waiting ??= { id, sentAt: this.#options.ports.now() }
    this.#options.send(id)
    return id
  }

  /** False for an answer to what was never asked. */
  pong(id: number): boolean {
    if (id > this.#sent) return false
    this.#answered = Math.max(this.#answered, id)
    const waiting = this.#waiting
    if (waiting && id >= waiting.id) this.#waiting = undefined
    if (waiting?.id === id) this.#options.latency(this.#options.ports.now() - waiting.sentAt)
    return true
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.ports.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /**
   * A hidden page's timers may sleep for a minute, so silence counts only while something is waited for: the socket to
   * open, or a ping that had its time to be answered.
   */
  #tick(): void {
    const { ports, pingMs, silenceMs, lost } = this.#options
    const asking = this.#waiting !== undefined || !this.#open
    const left = this.#heardAt + silenceMs - ports.now()
    const wait = asking ? Math.min(Math.max(left, 1), pingMs) : pingMs
    this.#timer = ports.setTimeout(() => {
      this.#timer = undefined
      if (this.#isSilent()) {
        lost()
        return
      }
      if (this.#open && !this.#waiting) this.ping()
      else this.#tellLate(this.#open && ports.now() - this.#heardAt >= pingMs)
      this.#tick()
    }, wait)
  }

  #tellLate(late: boolean): void {
    if (late === this.#late) return
    this.#late = late
    this.#options.late?.(late)
  }

  #isSilent(): boolean {
    const now = this.#options.ports.now()
    if (now - this.#heardAt < this.#options.silenceMs) return false
    if (this.#waiting) return now - this.#waiting.sentAt >= this.#options.silenceMs - this.#options.pingMs
    return !this.#open
  }
}
