/**
 * Tells output to a screen reader. xterm keeps a copy of it in an assertive live region that stays in the reading order,
 * so that it is read once more by whoever walks through the screen, and it interrupts at each line (xterm.js issues 5382,
 * 4339). Here xterm's region is only listened to; what is new is said politely, so often and no oftener, and is gone
 * again afterwards. The screen itself stays readable line by line.
 */

/** Output is gathered for this long (ms) before it is said: the lines of one command are one announcement. */
const GATHER_MS = 250
/** Between two announcements (ms). */
const PAUSE_MS = 1_000
/** How long (ms) an announcement stays: readers have taken it by then. */
const KEEP_MS = 2_000
/** Most lines of one announcement: the last ones, where the answer and the prompt are. */
const MAX_LINES = 20

export interface AnnouncerTimers {
  now(): number
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}

export class Announcer {
  readonly #timers: AnnouncerTimers
  readonly #source: Element
  readonly #region: HTMLElement
  readonly #observer = new MutationObserver(() => this.#listen())
  #heard = ''
  #pending = ''
  #lastAt = Number.NEGATIVE_INFINITY
  #sayTimer: number | undefined
  #clearTimer: number | undefined

  /** `source` is xterm's live region; ours goes into `host`. */
  constructor(source: Element, host: HTMLElement, timers: AnnouncerTimers) {
    this.#timers = timers
    this.#source = source
    source.setAttribute('aria-live', 'off')
    source.setAttribute('aria-hidden', 'true')
    this.#region = host.ownerDocument.createElement('div')
    this.#region.className = 'lab-said'
    this.#region.setAttribute('role', 'log')
    this.#region.setAttribute('aria-live', 'polite')
    this.#region.setAttribute('aria-atomic', 'true')
    host.append(this.#region)
    this.#heard = source.textContent ?? ''
    this.#observer.observe(source, { childList: true, characterData: true, subtree: true })
  }

  dispose(): void {
    this.#observer.disconnect()
    for (const timer of [this.#sayTimer, this.#clearTimer]) if (timer !== undefined) this.#timers.clearTimeout(timer)
    this.#region.remove()
  }

  #listen(): void {
    const text = this.#source.textContent ?? ''
    this.#pending += text.startsWith(this.#heard) ? text.slice(this.#heard.length) : text
    this.#heard = text
    if (this.#pending.trim() === '' || this.#sayTimer !== undefined) return
    const wait = Math.max(GATHER_MS, this.#lastAt + PAUSE_MS - this.#timers.now())
    this.#sayTimer = this.#timers.setTimeout(() => this.#say(), wait)
  }

  #say(): void {
    this.#sayTimer = undefined
    this.#lastAt = this.#timers.now()
    const lines = this.#pending.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '')
    this.#pending = ''
    this.#region.textContent = lines.slice(-MAX_LINES).join('\n')
    if (this.#clearTimer !== undefined) this.#timers.clearTimeout(this.#clearTimer)
    this.#clearTimer = this.#timers.setTimeout(() => {
      this.#clearTimer = undefined
      this.#region.textContent = ''
    }, KEEP_MS)
  }
}
