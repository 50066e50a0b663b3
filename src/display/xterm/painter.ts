/**
 * Paints by WebGL while the terminal can be seen, and as DOM otherwise: a browser has a handful of contexts for all its
 * pages, takes the oldest away when they run out, and keeps what is not given back.
 */
import type { Terminal } from '@xterm/xterm'
import { hasGpu } from './gpu.js'

/** Contexts for all terminals of a page (browsers have 16 or fewer); further terminals stay DOM. */
const MAX_CONTEXTS = 6
/** How long (ms) a terminal out of sight keeps its context, for those who scroll past. */
const LINGER_MS = 5_000

export interface PainterPorts {
  /** Whether WebGL paints by hardware, which in software is slower than the DOM; the browser is asked where it is absent. */
  hasGpu?(): boolean
  setTimeout(callback: () => void, ms: number): number
  clearTimeout(id: number): void
}

interface Painted {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly ports: PainterPorts
  /** Runs what makes xterm draw by DOM. */
  readonly withStyles: (run: () => void) => void
  /**
   * Called when a terminal in sight is painted the other way: WebGL has cells of whole device pixels, so that another
   * number of them may fit.
   */
  readonly refit: () => void
}

const holders = new Set<Painter>()

export class Painter {
  readonly #terminal: Terminal
  readonly #host: HTMLElement
  readonly #ports: PainterPorts
  readonly #withStyles: (run: () => void) => void
  readonly #refit: () => void
  readonly #observer = new IntersectionObserver((entries) => this.#looked(entries.at(-1)?.isIntersecting ?? false))
  #timer: number | undefined
  #seen = false
  #release: (() => void) | undefined
  #disposed = false

  constructor({ terminal, host, ports, withStyles, refit }: Painted) {
    this.#terminal = terminal
    this.#host = host
    this.#ports = ports
    this.#withStyles = withStyles
    this.#refit = refit
    if (ports.hasGpu?.() ?? hasGpu()) this.#observer.observe(host)
  }

  dispose(): void {
    this.#disposed = true
    this.#observer.disconnect()
    this.#clearTimer()
    this.#giveBack()
  }

  #looked(isSeen: boolean): void {
    this.#seen = isSeen
    this.#clearTimer()
    if (isSeen) void this.#take()
    else this.#timer = this.#ports.setTimeout(() => this.#giveBack(), LINGER_MS)
  }

  async #take(): Promise<void> {
    if (holders.has(this) || holders.size >= MAX_CONTEXTS) return
    holders.add(this)
    const webgl = await import('./webgl.js').catch(() => undefined)
    if (webgl && this.#seen && !this.#disposed) {
      this.#release = webgl.paintByGpu(this.#terminal, this.#host, () => this.#lost())
    }
    if (this.#release) this.#refit()
    else holders.delete(this)
  }

  #lost(): void {
    this.#giveBack()
    this.#refit()
  }

  #giveBack(): void {
    this.#timer = undefined
    const release = this.#release
    this.#release = undefined
    if (release) this.#withStyles(release)
    holders.delete(this)
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#ports.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
