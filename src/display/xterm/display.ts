/** A text terminal: the screen stays for the life of the element, links to the server come and go. */
import type { Ticket } from '../../wire/schema.js'
import type { Appearance, Display, DisplayOptions } from '../display.js'
import { copyText } from './clipboard.js'
import { binaryBytes, cleanPaste, textBytes } from './input.js'
import { keyOwner } from './keys.js'
import { Link, type LinkOptions } from './link.js'
import { browserPorts, type XtermPorts } from './ports.js'
import { isFocusReport, QuerySilencer } from './queries.js'
import { Screen } from './screen.js'
import { ScreenStream } from './stream.js'
import { bufferText } from './text.js'

const MAX_TITLE = 200

/** A display that speaks `lab-ssh.v1`. `ports` are the browser's unless a test brings its own. */
export function createXtermDisplay(options: DisplayOptions, ports: XtermPorts = browserPorts()): Display {
  return new XtermDisplay(options, ports)
}

class XtermDisplay implements Display {
  readonly kind = 'xterm'
  readonly #options: DisplayOptions
  readonly #ports: XtermPorts
  readonly #screen: Screen
  readonly #queries: QuerySilencer
  readonly #stream: ScreenStream
  #link: Link | undefined
  #waiting: { ticket: Ticket; signal: AbortSignal } | undefined

  constructor(options: DisplayOptions, ports: XtermPorts) {
    this.#options = options
    this.#ports = ports
    this.#screen = new Screen({
      container: options.container,
      appearance: options.appearance,
      scrollback: options.scrollback,
      ports,
      opened: () => queueMicrotask(() => this.#connectWaiting()),
      fitted: (size) => this.#link?.resize(size),
    })
    this.#queries = new QuerySilencer(this.#screen.terminal)
    this.#stream = new ScreenStream({
      write: (bytes, parsed) => this.#screen.write(bytes, parsed),
      beginSnapshot: (size) => this.#screen.beginSnapshot(size),
      endSnapshot: () => this.#screen.endSnapshot(),
      parsed: (seq) => this.#link?.parsed(seq),
    })
    this.#listen()
  }

  connect(ticket: Ticket, signal: AbortSignal): void {
    if (this.#screen.signal.aborted) return
    this.#link?.abort()
    this.#link = undefined
    this.#waiting = { ticket, signal }
    if (this.#screen.isOpened) this.#connectWaiting()
  }

  update(appearance: Appearance): void {
    if (!this.#screen.signal.aborted) this.#screen.update(appearance)
  }

  focus(): void {
    this.#screen.focus()
  }

  send(text: string): void {
    if (this.#screen.isOpened) this.#screen.terminal.input(text, true)
  }

  paste(text: string): void {
    if (this.#screen.isOpened) this.#screen.terminal.paste(cleanPaste(text))
  }

  getText(): string {
    return this.#screen.signal.aborted ? '' : bufferText(this.#screen.terminal.buffer.active)
  }

  newShell(): void {
    this.#link?.newShell()
  }

  dispose(): void {
    this.#waiting = undefined
    this.#link?.abort()
    this.#link = undefined
    this.#queries.dispose()
    this.#screen.dispose()
  }

  #connectWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (!waiting || waiting.signal.aborted || this.#screen.signal.aborted) return
    this.#link = new Link({
      ...waiting,
      ports: this.#ports,
      stream: this.#stream,
      size: () => this.#screen.own,
      notify: (event) => this.#hear(event),
    })
  }

  #hear(event: Parameters<LinkOptions['notify']>[0]): void {
    switch (event.type) {
      case 'attached':
        this.#screen.terminal.options.disableStdin = this.#options.readOnly || event.readOnly
        this.#screen.follow(event.size)
        // The page was resized while it was connecting.
        if (!isSame(event.asked, this.#screen.own)) this.#takeSize()
        return
      case 'resized':
        this.#screen.follow(event.size)
        return
      default:
        this.#options.notify(event)
    }
  }

  #listen(): void {
    const { terminal, host, signal } = this.#screen
    const { notify, readOnly } = this.#options
    terminal.options.disableStdin = readOnly
    terminal.onData((data) => this.#typed(data))
    terminal.onBinary((data) => this.#input(binaryBytes(data)))
    terminal.onTitleChange((title) => notify({ type: 'title', title: printable(title) }))
    terminal.onBell(() => this.#screen.isRestoring || notify({ type: 'bell' }))
    terminal.attachCustomKeyEventHandler((event) => this.#key(event))
    // Selecting, scrolling and reading are not bytes for the shell, but somebody is there.
    host.addEventListener('pointerdown', () => notify({ type: 'input' }), { signal })
    host.addEventListener('keydown', () => this.#isReadOnly && notify({ type: 'input' }), { signal, capture: true })
  }

  get #isReadOnly(): boolean {
    return this.#screen.terminal.options.disableStdin === true
  }

  #typed(data: string): void {
    if (this.#queries.isAnswer(data)) return
    if (isFocusReport(data)) this.#link?.input(textBytes(data))
    else this.#input(textBytes(data))
  }

  #input(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#link?.attached && this.#screen.isForeignSize) this.#takeSize()
    this.#link?.input(bytes)
    this.#options.notify({ type: 'input' })
  }

  /** The terminal gets the size that fits here: this page is the one that is used. */
  #takeSize(): void {
    this.#screen.reclaim()
    this.#link?.resize(this.#screen.own)
  }

  /** Answers xterm whether the key is for the shell. */
  #key(event: KeyboardEvent): boolean {
    const { terminal } = this.#screen
    const owner = keyOwner(event, {
      platform: this.#ports.platform,
      readOnly: this.#isReadOnly,
      hasSelection: terminal.hasSelection(),
    })
    if (owner === 'shell') return true
    if (owner === 'page' || event.type !== 'keydown') return false
    event.preventDefault()
    event.stopPropagation()
    if (owner === 'leave') this.#options.notify({ type: 'leave' })
    else void copyText(terminal.getSelection(), this.#screen.host.ownerDocument)
    if (owner === 'copy-once') terminal.clearSelection()
    return false
  }
}

function isSame(one: { cols: number; rows: number }, other: { cols: number; rows: number }): boolean {
  return one.cols === other.cols && one.rows === other.rows
}

/** A title comes from whatever runs in the lab. */
function printable(title: string): string {
  return title.replace(/\p{C}/gu, '').slice(0, MAX_TITLE)
}
