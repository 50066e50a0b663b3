/** How many cells fit. Follows the host's layout size, so transforms and scrolling ancestors do not matter. */
import { FitAddon } from '@xterm/addon-fit'
import type { Terminal } from '@xterm/xterm'
import type { TerminalSize } from '../../wire/ssh.js'

const MAX_CELLS = 1000

export class Fitter {
  readonly #host: HTMLElement
  readonly #changed: () => void
  readonly #addon = new FitAddon()
  readonly #observer: ResizeObserver
  readonly #onWindow = () => this.schedule()
  #frame: number | undefined

  /** `changed` is called at most once a frame, when the host may hold another number of cells. */
  constructor(terminal: Terminal, host: HTMLElement, changed: () => void) {
    this.#host = host
    this.#changed = changed
    terminal.loadAddon(this.#addon)
    this.#observer = new ResizeObserver(() => this.schedule())
    this.#observer.observe(host)
    // Zooming changes the cells and may leave the host as it was.
    window.addEventListener('resize', this.#onWindow)
  }

  schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      this.#changed()
    })
  }

  /** Undefined while the host has no area: not laid out, hidden, or 0×0. */
  measure(): TerminalSize | undefined {
    if (this.#host.clientWidth === 0 || this.#host.clientHeight === 0) return undefined
    const size = this.#addon.proposeDimensions()
    if (!size || Number.isNaN(size.cols) || Number.isNaN(size.rows)) return undefined
    return { cols: Math.min(size.cols, MAX_CELLS), rows: Math.min(size.rows, MAX_CELLS) }
  }

  dispose(): void {
    this.#observer.disconnect()
    window.removeEventListener('resize', this.#onWindow)
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
  }
}
