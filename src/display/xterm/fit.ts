/** How many cells fit. Follows the host's layout size, so transforms and scrolling ancestors do not matter. */
import type { Terminal } from '@xterm/xterm'
import type { TerminalSize } from '../../wire/ssh.js'
import { cellSize } from './internals.js'

const MAX_CELLS = 1000
/** Where xterm has its scroll bar, pixels. */
const SCROLL_BAR = 14

export class Fitter {
  readonly #terminal: Terminal
  readonly #host: HTMLElement
  readonly #changed: () => void
  readonly #observer: ResizeObserver
  readonly #onWindow = () => this.schedule()
  #frame: number | undefined

  /** `changed` is called at most once a frame, when the host may hold another number of cells. */
  constructor(terminal: Terminal, host: HTMLElement, changed: () => void) {
    this.#terminal = terminal
    this.#host = host
    this.#changed = changed
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
    const { clientWidth, clientHeight } = this.#host
    const cell = cellSize(this.#terminal)
    if (clientWidth === 0 || clientHeight === 0 || !cell) return undefined
    const width = clientWidth - (this.#terminal.options.scrollback === 0 ? 0 : SCROLL_BAR)
    return { cols: fitting(width / cell.width, 2), rows: fitting(clientHeight / cell.height, 1) }
  }

  dispose(): void {
    this.#observer.disconnect()
    window.removeEventListener('resize', this.#onWindow)
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
  }
}

function fitting(cells: number, least: number): number {
  return Math.min(Math.max(Math.floor(cells), least), MAX_CELLS)
}
