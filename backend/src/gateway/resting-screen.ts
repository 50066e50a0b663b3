/**
 * A screen that is kept as the output that draws it while nobody needs it: a headless xterm takes 200 kB and more, most
 * held shells are idle, and their screens are a prompt.
 */
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { Screen, type ScreenOptions, screenSize } from './screen.js'

/** Longest output that a screen is kept as, in bytes: to draw it anew and compare takes ten milliseconds. */
const MAX_BYTES = 128 * 1024

export class RestingScreen {
  readonly #options: ScreenOptions
  #size: TerminalSize
  #screen: Screen | undefined
  /** What draws the screen where there is none any more. */
  #drawing: Buffer | undefined

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#size = screenSize(options)
  }

  get size(): TerminalSize {
    return this.#size
  }

  get resting(): boolean {
    return this.#drawing !== undefined
  }

  /** The screen, drawn anew where it was let go. */
  get awake(): Screen {
    this.#screen ??= this.#draw(this.#drawing)
    this.#drawing = undefined
    return this.#screen
  }

  resize(size: TerminalSize): void {
    this.awake.resize(size)
    this.#size = screenSize(size)
  }

  /**
   * Lets the screen go where what draws it draws exactly the same one again, which is tried: some screens (half a wide
   * character, a combining mark alone) no output can draw. Those, and very large ones, stay. Not inside of a sequence.
   */
  rest(): void {
    if (!this.#screen) return
    const drawing = this.#screen.snapshot()
    if (drawing.length > MAX_BYTES) return
    const again = this.#draw(drawing)
    const same = again.equals(this.#screen)
    again.dispose()
    if (!same) return
    this.#screen.dispose()
    this.#screen = undefined
    this.#drawing = drawing
  }

  dispose(): void {
    this.#screen?.dispose()
  }

  #draw(drawing: Buffer | undefined): Screen {
    const screen = new Screen({ ...this.#options, ...this.#size })
    if (drawing) screen.write(drawing)
    return screen
  }
}
