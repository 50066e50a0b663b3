/** Draws over the terminal what the host has not said yet: underlined, and never in what the terminal itself holds. */
import type { Terminal } from '@xterm/xterm'
import { cellSize } from '../internals.js'
import type { Overlay } from './predicted-line.js'

type Size = NonNullable<ReturnType<typeof cellSize>>

export class EchoLayer {
  readonly #terminal: Terminal
  readonly #layer: HTMLElement
  #isEmpty = true

  constructor(terminal: Terminal, host: HTMLElement) {
    this.#terminal = terminal
    this.#layer = host.ownerDocument.createElement('div')
    this.#layer.className = 'lab-echo'
    // A reader reads what is true.
    this.#layer.setAttribute('aria-hidden', 'true')
    // Above the selection, the decorations and the field for the keyboard.
    const style = { position: 'absolute', zIndex: '8', display: 'flex', pointerEvents: 'none', whiteSpace: 'pre' }
    Object.assign(this.#layer.style, style)
    host.querySelector('.xterm-screen')?.append(this.#layer)
  }

  /** In the line of the cursor; nothing where that is out of sight. */
  draw(overlay: Overlay | undefined): void {
    if (!overlay && this.#isEmpty) return
    const { viewportY, baseY } = this.#terminal.buffer.active
    const cell = cellSize(this.#terminal)
    const boxes = overlay && cell && viewportY === baseY ? this.#boxes(overlay, cell) : []
    this.#isEmpty = boxes.length === 0
    if (overlay && cell) this.#place(overlay.x, cell)
    this.#layer.replaceChildren(...boxes)
  }

  remove(): void {
    this.#layer.remove()
  }

  #place(x: number, { width, height }: Size): void {
    const { options, buffer } = this.#terminal
    Object.assign(this.#layer.style, {
      left: `${x * width}px`,
      top: `${buffer.active.cursorY * height}px`,
      font: `${options.fontSize}px/${height}px ${options.fontFamily}`,
      color: options.theme?.foreground ?? '',
    })
  }

  #boxes({ cells, erased }: Overlay, size: Size): HTMLElement[] {
    const { foreground = '', background = '' } = this.#terminal.options.theme ?? {}
    const box = (text: string, width: number, colour: string) => {
      const element = this.#layer.ownerDocument.createElement('span')
      element.textContent = text
      Object.assign(element.style, {
        width: `${width * size.width}px`,
        height: `${size.height}px`,
        flex: 'none',
        overflow: 'hidden',
        textDecoration: 'underline',
        backgroundColor: colour,
      })
      return element
    }
    return [
      ...cells.map(({ text, width }) => box(text, width, background)),
      // The cursor, and what it leaves behind.
      box('', 1, foreground),
      ...(erased > 1 ? [box('', erased - 1, background)] : []),
    ]
  }
}
