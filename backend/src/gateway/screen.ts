/** The screen that the server keeps of a shell: fed with the same bytes as the pages, restored to a page that lost it. */
import { isDeepStrictEqual } from 'node:util'
import xterm from '@xterm/headless'
import { Folders } from '../../../src/wire/folders.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { Colours } from './colours.js'
import { guard } from './guards.js'
import { bufferState, parseNow } from './internals.js'
import { printable } from './printable.js'
import { sameTerminal } from './same-terminal.js'
import { snapshotOf } from './snapshot.js'

/** Longest title kept, in characters. */
const MAX_TITLE = 256
/** Bytes parsed at a stretch: what an exception may cost. */
const SLICE = 4 * 1024
/** Ends any sequence. */
const CAN = Buffer.from('\x18')
/** Most cells kept, 12 bytes each: a very wide terminal keeps fewer lines. */
const MAX_CELLS = 1_000_000
/** xterm knows no narrower terminal. */
const MIN_COLS = 2

/** The size a screen really takes for one that was asked for. */
export function screenSize({ cols, rows }: TerminalSize): TerminalSize {
  return { cols: Math.max(cols, MIN_COLS), rows }
}

export interface ScreenOptions extends TerminalSize {
  /** Lines kept above the screen. */
  readonly scrollback: number
  /** Takes the answers to terminal queries (device attributes, cursor position, colours …). */
  readonly answer: (reply: string) => void
  /** xterm choked on something; the screen may differ from the pages' until it is drawn anew. */
  readonly failed: (cause: unknown) => void
}

/** Parses at once: after `write` returns the screen is exactly at the end of the bytes. Never throws. */
export class Screen {
  readonly #options: ScreenOptions
  #size: TerminalSize
  readonly #terminal: xterm.Terminal
  readonly #colours: Colours
  readonly #folders: Folders
  #title = ''

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#size = screenSize(options)
    const { answer } = options
    const scrollback = linesKept(options.scrollback, this.#size)
    this.#terminal = new xterm.Terminal({ ...this.#size, scrollback, allowProposedApi: true, logLevel: 'off' })
    guard(this.#terminal)
    this.#terminal.onData(answer)
    this.#terminal.onTitleChange((title) => {
      this.#title = printable(title).slice(0, MAX_TITLE)
    })
    this.#colours = new Colours(this.#terminal, answer)
    this.#folders = new Folders(this.#terminal)
  }

  get size(): TerminalSize {
    return this.#size
  }

  /** Bytes must end between characters (see `Segmenter`): xterm loses some that are split. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = sliceEnd(bytes, at)
      this.#parse(bytes.subarray(at, end))
      at = end
    }
  }

  /** Lines that the screen and its scrollback hold. */
  get linesHeld(): number {
    return linesKept(this.#options.scrollback, this.#size) + this.#size.rows
  }

  /** A line feed at the end scrolls the whole screen, as it does unless a program set a scroll region. */
  get scrollsWhole(): boolean {
    const which = this.#terminal.buffer.active.type === 'alternate' ? 'alt' : 'normal'
    const { scrollTop, scrollBottom } = bufferState(this.#terminal, which)
    return scrollTop === 0 && scrollBottom === this.#size.rows - 1
  }

  resize(size: TerminalSize): void {
    this.#size = screenSize(size)
    this.#terminal.options.scrollback = linesKept(this.#options.scrollback, this.#size)
    this.#terminal.resize(this.#size.cols, this.#size.rows)
  }

  /** Screen, scrollback, modes and the folders told, as output that draws them again, exactly as of the last byte written. */
  snapshot(): Buffer {
    const title = this.#title === '' ? '' : `\x1b]2;${this.#title}\x1b\\`
    return Buffer.from(snapshotOf(this.#terminal, { extra: title + this.#colours.serialize(), folders: this.#folders }))
  }

  /**
   * Output that takes back what a program that is gone had set, keeps what it wrote, and begins a new line: CAN ends a
   * sequence it did not finish, DECSTR resets the modes.
   */
  aftermath(): Buffer {
    const { buffer } = this.#terminal
    const alternate = buffer.active.type === 'alternate' ? '\x1b[?1049l' : ''
    const modes = '\x1b[!p\x1b[?9;1000;1002;1003;1004;1006;1016;2004;2026;45l\x1b[20l\x1b[?7;25h\x1b[0 q'
    this.write(Buffer.from(`\x18${alternate}${modes}`))
    const { normal } = this.#terminal.buffer
    const last = lastRow(normal)
    const place = last > normal.cursorY ? `\x1b[${last + 1};1H\r\n` : normal.cursorX > 0 ? '\r\n' : ''
    this.write(Buffer.from(place))
    return Buffer.from(`\x18${alternate}${modes}${place}`)
  }

  /** Nothing that is written next could tell the two apart. */
  equals(other: Screen): boolean {
    const same = this.#title === other.#title && this.#colours.serialize() === other.#colours.serialize()
    return same && sameFolders(this.#folders, other.#folders) && sameTerminal(this.#terminal, other.#terminal)
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  #parse(bytes: Uint8Array): void {
    try {
      parseNow(this.#terminal, bytes)
    } catch (cause) {
      parseNow(this.#terminal, CAN)
      this.#options.failed(cause)
    }
  }
}

function sameFolders(one: Folders, other: Folders): boolean {
  const isSame = one.first === other.first && one.alternate === other.alternate
  return isSame && isDeepStrictEqual(one.rows, other.rows)
}

function linesKept(wanted: number, { cols }: TerminalSize): number {
  return Math.min(wanted, Math.floor(MAX_CELLS / cols))
}

/** The end of a slice, not inside a character. */
function sliceEnd(bytes: Uint8Array, from: number): number {
  let end = Math.min(from + SLICE, bytes.length)
  while (end < bytes.length && end > from + 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return end
}

/** The last row of the visible screen with something on it, from 0; -1 when it is empty. */
function lastRow(buffer: xterm.IBuffer): number {
  for (let row = buffer.length - 1; row >= buffer.baseY; row--) {
    if (buffer.getLine(row)?.translateToString(true)) return row - buffer.baseY
  }
  return -1
}
