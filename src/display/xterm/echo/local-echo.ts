/**
 * Shows what is typed before the host has echoed it, where its answer takes long. The terminal never gets any of it: it
 * lies over the screen, and is gone as soon as the truth is there, or something else is, or nothing came in time.
 */
import type { IDisposable, IMarker, Terminal } from '@xterm/xterm'
import type { PulsePorts } from '../../pulse.js'
import { charProperties } from '../internals.js'
import { EchoLayer } from './layer.js'
import { type Key, PredictedLine, type Truth } from './predicted-line.js'

/** Echoes that take as long (ms) are felt. */
export const SLOW_MS = 60
/** What is not echoed for so long (ms), and three echoes, will not be. */
const PATIENCE_MS = 1_000
/** How much of an echo's time the next one changes. */
const NEWS = 0.25
/** Characters that come at once from a person (an input method); more is a paste. */
const MOST = 16

export interface LocalEchoOptions {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly ports: PulsePorts
}

export class LocalEcho {
  readonly #terminal: Terminal
  readonly #ports: PulsePorts
  readonly #layer: EchoLayer
  readonly #listeners: IDisposable[]
  #line: PredictedLine | undefined
  /** Where that line is, however far it has scrolled. */
  #marker: IMarker | undefined
  #echoMs: number | undefined
  #timer: number | undefined

  constructor({ terminal, host, ports }: LocalEchoOptions) {
    this.#terminal = terminal
    this.#ports = ports
    this.#layer = new EchoLayer(terminal, host)
    this.#listeners = [
      terminal.onWriteParsed(() => this.#follow()),
      terminal.onLineFeed(() => this.drop()),
      terminal.onResize(() => this.drop()),
      terminal.buffer.onBufferChange(() => this.drop()),
      // The person scrolls, the text gets another size.
      terminal.onRender(() => this.#draw()),
    ]
  }

  /** On its way to the host, as it is sent. */
  typed(text: string): void {
    for (const key of this.#keysOf(text)) this.#press(key)
    this.#draw()
  }

  /** Nothing is predicted: another link, or none. */
  drop(): void {
    this.#line = undefined
    this.#marker?.dispose()
    this.#marker = undefined
    this.#wait()
    this.#draw()
  }

  dispose(): void {
    this.drop()
    for (const listener of this.#listeners) listener.dispose()
    this.#layer.remove()
  }

  #press(key: Key): void {
    if (!this.#line && key.type === 'print') {
      this.#line = PredictedLine.begin(this.#truth)
      if (this.#line) this.#marker = this.#terminal.registerMarker(0)
    }
    this.#line?.press(key, this.#terminal.cols, this.#ports.now())
    this.#wait()
  }

  #follow(): void {
    const line = this.#line
    if (!line) return
    const { baseY, cursorY } = this.#terminal.buffer.active
    const { over, echoMs } = line.follow(this.#truth, this.#ports.now())
    if (echoMs !== undefined) this.#echoMs = (this.#echoMs ?? echoMs) * (1 - NEWS) + echoMs * NEWS
    if (over || this.#marker?.line !== baseY + cursorY) this.drop()
    this.#wait()
    this.#draw()
  }

  #draw(): void {
    this.#layer.draw((this.#echoMs ?? 0) >= SLOW_MS ? this.#line?.overlay : undefined)
  }

  /** What is never echoed is not shown for ever. */
  #wait(): void {
    if (this.#timer !== undefined) this.#ports.clearTimeout(this.#timer)
    const since = this.#line?.since
    this.#timer =
      since === undefined
        ? undefined
        : this.#ports.setTimeout(
            () => {
              this.#timer = undefined
              this.drop()
            },
            Math.max(0, since + PATIENCE_MS + 3 * (this.#echoMs ?? 0) - this.#ports.now()),
          )
  }

  get #truth(): Truth {
    const { active } = this.#terminal.buffer
    const row = active.getLine(active.baseY + active.cursorY)
    return {
      x: active.cursorX,
      cols: this.#terminal.cols,
      from: (x) => row?.translateToString(true, x) ?? '',
    }
  }

  #keysOf(text: string): Key[] {
    const characters = [...text]
    if (text === '\x7f') return [{ type: 'erase' }]
    const widths = charProperties(this.#terminal)
    const keys = characters.map((character): Key => {
      const code = character.codePointAt(0) ?? 0
      // Bits 1 and 2; a character of no width joins the one before.
      const width = widths && code >= 0x20 && (code < 0x7f || code >= 0xa0) ? (widths(code, 0) >> 1) & 3 : 0
      return width === 0 ? { type: 'other' } : { type: 'print', cell: { text: character, width } }
    })
    return keys.length > MOST ? [{ type: 'other' }] : keys
  }
}
