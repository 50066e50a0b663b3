/** Whether the server is still there: asks it, measures the way, and says when nothing came for too long. */
import { SSH_PING_MS, SSH_SILENCE_MS } from '../../wire/ssh.js'

export interface PulsePorts {
  /** Milliseconds, only differences count. */
  now(): number
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}

export interface PulseOptions {
  readonly ports: PulsePorts
  readonly send: (id: number) => void
  readonly latency: (ms: number) => void
  /** Called once, and then nothing more. */
  readonly lost: () => void
}

export class Pulse {
  readonly #options: PulseOptions
  #timer: number | undefined
  #heardAt: number
  #open = false
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
    const { ports, lost } = this.#options
    const asking = this.#waiting !== undefined || !this.#open
    const left = this.#heardAt + SSH_SILENCE_MS - ports.now()
    const wait = asking ? Math.min(Math.max(left, 1), SSH_PING_MS) : SSH_PING_MS
    this.#timer = ports.setTimeout(() => {
      this.#timer = undefined
      if (this.#isSilent()) {
        lost()
        return
      }
      if (this.#open && !this.#waiting) this.ping()
      this.#tick()
    }, wait)
  }

  #isSilent(): boolean {
    const now = this.#options.ports.now()
    if (now - this.#heardAt < SSH_SILENCE_MS) return false
    if (this.#waiting) return now - this.#waiting.sentAt >= SSH_SILENCE_MS - SSH_PING_MS
    return !this.#open
  }
}
