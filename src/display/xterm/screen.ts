/** The terminal on the page: xterm in a host element of its own, its size, its looks, its order of doing things. */
import { type ITerminalAddon, Terminal } from '@xterm/xterm'
import { Folders } from '../../wire/folders.js'
import type { TerminalSize } from '../../wire/ssh.js'
import type { Appearance, DisplayOptions } from '../display.js'
import { StyleLease } from '../style-lease.js'
import { guardWheel } from '../wheel.js'
import { AfterPaint } from './after-paint.js'
import { applyAppearance, fontOf, schemeName, terminalOptions } from './appearance.js'
import type { Extras, ExtrasOptions } from './extras.js'
import { Fitter } from './fit.js'
import { isFontReady, loadFont } from './fonts.js'
import { guard } from './guards.js'
import type { XtermPorts } from './ports.js'
import type { StreamSink } from './stream.js'
import { withStyles, XTERM_STYLE } from './style.js'
import { missingScheme, schemeSoon } from './themes.js'
import { CharacterJoiner } from './utf8.js'
import { Writer } from './writer.js'

/** How long (ms) a web font may keep the terminal from opening. */
const FONT_LIMIT_MS = 1_500
const DEFAULT_SCROLLBACK = 5_000

/** CAN ends a sequence that was cut off, RIS resets, and the colours that programs changed (OSC 104, 110 to 112). */
const RESET = new TextEncoder().encode('\x18\x1bc\x1b]104\x07\x1b]110\x07\x1b]111\x07\x1b]112\x07')

/**
 * Takes back what a program that is gone had set (CAN, the alternate screen, DECSTR, the modes for mouse, focus and
 * paste, colours), but neither the text nor the scrollback.
 */
const FORGET = new TextEncoder().encode(
  '\x18\x1b[?1049l\x1b[!p\x1b[?9;1000;1002;1003;1004;1005;1006;1015;2004l\x1b]104\x07\x1b]110\x07\x1b]111\x07\x1b]112\x07',
)

export interface ScreenSettings {
  readonly container: HTMLElement
  readonly appearance: Appearance
  readonly scrollback: number | undefined
  readonly clipboard: DisplayOptions['clipboard']
  readonly images: DisplayOptions['images']
  readonly ports: XtermPorts
  /** Character widths of Unicode 11; else xterm's own, of Unicode 6. */
  readonly widths: (() => ITerminalAddon) | undefined
  /** The person wants a file whose path is shown; absent where none may cross. */
  readonly download: ((path: string) => void) | undefined
  /** Which match of how many a search shows, from 1. */
  readonly found: (index: number, count: number) => void
  /** Measured and shown for the first time. */
  readonly opened: () => void
  /** The host holds another number of cells. */
  readonly fitted: (size: TerminalSize) => void
}

export class Screen implements Omit<StreamSink, 'taken'> {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly #settings: ScreenSettings
  readonly #style: StyleLease
  readonly #fitter: Fitter
  readonly #late: AfterPaint
  readonly #characters = new CharacterJoiner()
  readonly #writer: Writer
  readonly #life = new AbortController()
  readonly #forced = matchMedia('(forced-colors: active)')
  readonly #dark = matchMedia('(prefers-color-scheme: dark)')
  #appearance: Appearance
  #opened = false
  #own: TerminalSize = { cols: 80, rows: 24 }
  #wanted = this.#own
  #restoring = false
  #focusWhenOpened = false

  constructor(settings: ScreenSettings) {
    const { container, appearance, scrollback, widths } = settings
    this.#settings = settings
    this.#appearance = appearance
    this.host = container.ownerDocument.createElement('div')
    this.host.className = 'lab-xterm'
    container.append(this.host)
    this.#style = new StyleLease(this.host, XTERM_STYLE)
    this.terminal = new Terminal({
      ...terminalOptions(appearance, this.#media),
      scrollback: scrollback ?? DEFAULT_SCROLLBACK,
      minimumContrastRatio: 4.5,
      windowOptions: { pushTitle: true, popTitle: true },
      macOptionClickForcesSelection: true,
      // The element says what went wrong; xterm's own words are for its developers.
      logLevel: 'off',
      allowProposedApi: true,
      // Until there is one that knows which addresses may be opened, and how.
      linkHandler: { activate: () => undefined },
    })
    if (widths) {
      this.terminal.loadAddon(widths())
      this.terminal.unicode.activeVersion = '11'
    }
    guard(this.terminal)
    this.#writer = new Writer(this.terminal)
    this.#fitter = new Fitter(this.terminal, this.host, () => this.#fit())
    guardWheel(this.host, this.signal)
    this.#late = new AfterPaint(this.#extrasOptions, () => this.#paint())
    this.#watchLooks()
    this.#openWhenReady()
  }

  /** Aborted by `dispose`. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  get isOpened(): boolean {
    return this.#opened
  }

  /** Search, speech and the rest; undefined until the first characters are painted. */
  get extras(): Extras | undefined {
    return this.#late.extras
  }

  /** What fits here, whatever another page made of the terminal. */
  get own(): TerminalSize {
    return this.#own
  }

  /** True while bytes of a serialised screen are parsed: its bells rang before. */
  get isRestoring(): boolean {
    return this.#restoring
  }

  /** Another page drives the size. */
  get isForeignSize(): boolean {
    return !isSame(this.#wanted, this.#own)
  }

  write(bytes: Uint8Array<ArrayBuffer>, taken: () => void): void {
    this.#writer.write(this.#characters.join(bytes), taken)
  }

  beginSnapshot({ cols, rows }: TerminalSize): void {
    this.#characters.clear()
    this.#writer.flush()
    this.terminal.write(RESET)
    this.#inOrder(() => {
      this.#restoring = true
      this.terminal.resize(cols, rows)
    })
  }

  beginAfresh(size: TerminalSize): void {
    this.#characters.clear()
    this.#writer.flush()
    this.terminal.write(FORGET)
    const setUp = (scrollOnEraseInDisplay: boolean) => {
      this.terminal.resize(size.cols, size.rows)
      this.terminal.options.scrollOnEraseInDisplay = scrollOnEraseInDisplay
    }
    this.#inOrder(() => setUp(true))
    // The new screen is empty, as the server's: what was on the old one goes to the scrollback.
    this.terminal.write('\x1b[2J\x1b[H')
    this.#inOrder(() => setUp(false))
  }

  endSnapshot(): void {
    this.#inOrder(() => {
      this.#restoring = false
      this.#settle()
    })
  }

  /** Takes the size the server works with, after all output that came before. */
  follow(size: TerminalSize): void {
    this.#wanted = size
    this.#inOrder(() => this.#settle())
  }

  /** Takes the size that fits here, at once. */
  reclaim(): void {
    this.#wanted = this.#own
    this.#settle()
  }

  update(appearance: Appearance): void {
    const font = fontOf(appearance)
    const isNewFont = font !== fontOf(this.#appearance)
    this.#appearance = appearance
    this.#paint()
    void missingScheme(this.#scheme)?.then(() => this.signal.aborted || this.#paint())
    // A font that is not there yet announces itself by `loadingdone`.
    if (isNewFont && !isFontReady(this.#fonts, font)) void this.#load(font)
    this.#fitter.schedule()
  }

  focus(): void {
    if (this.#opened) this.terminal.focus()
    else this.#focusWhenOpened = true
  }

  dispose(): void {
    if (this.#life.signal.aborted) return
    this.#life.abort()
    this.#fitter.dispose()
    this.#writer.dispose()
    this.terminal.dispose()
    this.#style.dispose()
    this.#settings.container.replaceChildren()
  }

  get #extrasOptions(): ExtrasOptions {
    const { terminal, host, signal } = this
    const { ports, clipboard, found, images, download: want } = this.#settings
    const download = want && { folders: new Folders(terminal), want }
    const isAllowed = () => clipboard === 'write' && !this.#restoring && host.matches(':focus-within')
    const withStyles = (run: () => void) => this.#withStyles(run)
    const refit = () => this.#fitter.schedule()
    const flow = this.#writer
    return {
      terminal,
      host,
      signal,
      ports,
      found,
      withStyles,
      refit,
      isAllowed,
      flow,
      download,
      images: images === 'on',
    }
  }

  #withStyles(run: () => void): void {
    withStyles(this.terminal, this.host, this.#style, run)
  }

  #openWhenReady(): void {
    const font = fontOf(this.#appearance)
    const missingFont = isFontReady(this.#fonts, font) ? undefined : this.#load(font)
    const awaited = [missingFont, schemeSoon(this.#scheme, this.#settings.ports)].filter((each) => each !== undefined)
    if (awaited.length === 0) this.#open()
    else {
      void Promise.all(awaited).then(() => this.#open())
      void missingScheme(this.#scheme)?.then(() => this.#opened && this.#paint())
    }
  }

  #open(): void {
    if (this.#life.signal.aborted) return
    this.#withStyles(() => this.terminal.open(this.host))
    this.#opened = true
    this.#paint()
    this.#own = this.#fitter.measure() ?? this.#own
    this.reclaim()
    if (this.#focusWhenOpened) this.terminal.focus()
    this.#settings.opened()
  }

  #fit(): void {
    this.#style.refresh()
    const size = this.#opened ? this.#fitter.measure() : undefined
    if (!size || isSame(size, this.#own)) return
    this.#own = size
    this.reclaim()
    this.#settings.fitted(size)
  }

  #settle(): void {
    if (this.#restoring || this.#life.signal.aborted) return
    this.terminal.resize(this.#wanted.cols, this.#wanted.rows)
  }

  #inOrder(action: () => void): void {
    this.#writer.flush()
    this.terminal.write('', () => {
      if (!this.#life.signal.aborted) action()
    })
  }

  #watchLooks(): void {
    const options = { signal: this.signal }
    for (const query of [this.#forced, this.#dark])
      query.addEventListener('change', () => this.update(this.#appearance), options)
    this.#fonts.addEventListener('loadingdone', () => this.#remeasure(), options)
  }

  #paint(): void {
    applyAppearance(this.terminal, this.host, this.#appearance, this.#media)
    this.extras?.speak(this.#appearance.screenReader)
    this.extras?.echo(this.#appearance.localEcho ?? false)
  }

  /** xterm measures when the family changes, so it changes for a moment. */
  #remeasure(): void {
    if (!this.#opened) return
    this.terminal.options.fontFamily = 'monospace, monospace'
    this.#paint()
    this.#fitter.schedule()
  }

  #load(font: string): Promise<void> {
    return loadFont(this.#fonts, font, FONT_LIMIT_MS, this.#settings.ports)
  }

  get #fonts(): FontFaceSet {
    return this.host.ownerDocument.fonts
  }

  get #scheme(): string {
    return schemeName(this.#appearance, this.#media)
  }

  get #media() {
    return { forced: this.#forced.matches, dark: this.#dark.matches }
  }
}

function isSame(one: TerminalSize, other: TerminalSize): boolean {
  return one.cols === other.cols && one.rows === other.rows
}
