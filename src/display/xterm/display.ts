/** A text terminal: the screen stays for the life of the element, links to the server come and go. */
import type { ITerminalAddon } from '@xterm/xterm'
import type { Ticket } from '../../wire/schema.js'
import type { Appearance, Display, DisplayOptions } from '../display.js'
import { cleanPastes } from './clipboard.js'
import { binaryBytes, cleanPaste, linesToAskAbout, textBytes } from './input.js'
import { type KeyOwner, keyOwner } from './keys.js'
import { LazyFiles } from './lazy-files.js'
import { Link, type LinkOptions } from './link.js'
import { browserPorts, type XtermPorts } from './ports.js'
import { isFocusReport, QuerySilencer } from './queries.js'
import { Screen } from './screen.js'
import { ScreenStream } from './stream.js'
import { bufferText } from './text.js'

const MAX_TITLE = 200

/** A display that speaks `lab-ssh.v1`, with the character widths that the server's screen has. */
export async function loadXtermDisplay(): Promise<(options: DisplayOptions) => Display> {
  const { Unicode11Addon } = await import('@xterm/addon-unicode11')
  const ports = browserPorts()
  return (options) => createXtermDisplay(options, ports, () => new Unicode11Addon())
}

export function createXtermDisplay(options: DisplayOptions, ports: XtermPorts, widths?: () => ITerminalAddon): Display {
  return new XtermDisplay(options, ports, widths)
}

class XtermDisplay implements Display {
  readonly kind = 'xterm'
  readonly #options: DisplayOptions
  readonly #ports: XtermPorts
  readonly #screen: Screen
  readonly #queries: QuerySilencer
  readonly #stream: ScreenStream
  readonly #files: LazyFiles
  #link: Link | undefined
  #held: readonly string[] = []
  /** There is no shell on the link. */
  #ended = false
  #waiting: { ticket: Ticket; signal: AbortSignal } | undefined

  constructor(options: DisplayOptions, ports: XtermPorts, widths?: () => ITerminalAddon) {
    this.#options = options
    this.#ports = ports
    this.#screen = new Screen({
      container: options.container,
      appearance: options.appearance,
      scrollback: options.scrollback,
      clipboard: options.clipboard,
      images: options.images,
      ports,
      widths,
      found: (index, count) => options.notify({ type: 'found', index, count }),
      opened: () => queueMicrotask(() => this.#connectWaiting()),
      fitted: (size) => this.#link?.resize(size),
    })
    this.#files = new LazyFiles(options, ports)
    this.#queries = new QuerySilencer(this.#screen.terminal)
    this.#stream = new ScreenStream({
      write: (bytes, parsed) => this.#screen.write(bytes, parsed),
      beginSnapshot: (size) => this.#screen.beginSnapshot(size),
      endSnapshot: () => this.#screen.endSnapshot(),
      beginAfresh: (size) => this.#screen.beginAfresh(size),
      parsed: (seq) => this.#link?.parsed(seq),
    })
    this.#listen()
  }

  connect(ticket: Ticket, signal: AbortSignal): void {
    if (this.#screen.signal.aborted) return
    this.#link?.abort()
    this.#link = undefined
    this.#files.follow(false, true)
    this.#held = []
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

  find(text: string, direction: 'next' | 'previous'): void {
    const { extras } = this.#screen
    if (extras) extras.find(text, direction)
    else this.#options.notify({ type: 'found', index: 0, count: 0 })
  }

  press(keys: readonly string[]): void {
    const { extras, terminal } = this.#screen
    this.#held = []
    if (extras) this.send(extras.keySequence(keys, terminal.modes.applicationCursorKeysMode))
    this.focus()
  }

  hold(modifiers: readonly string[]): void {
    this.#held = modifiers
    this.focus()
  }

  upload(files: readonly File[]): void {
    this.#files.upload(files)
  }

  download(path: string): void {
    this.#files.download(path)
  }

  cancelTransfer(id: number): void {
    this.#files.cancel(id)
  }

  againTransfer(id: number): void {
    this.#files.again(id)
  }

  newShell(): void {
    this.#link?.newShell()
  }

  dispose(): void {
    this.#waiting = undefined
    this.#link?.abort()
    this.#link = undefined
    this.#files.dispose()
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
      case 'exited':
      case 'opened':
        this.#ended = event.type === 'exited'
        break
      case 'ready':
        this.#ended = false
        this.#files.follow(true, this.#isReadOnly)
        break
      case 'closed':
        this.#files.follow(false, true)
        break
      default:
    }
    this.#options.notify(event)
  }

  #listen(): void {
    const { terminal, host, signal } = this.#screen
    const { notify, readOnly } = this.#options
    terminal.options.disableStdin = readOnly
    terminal.onData((data) => this.#typed(data))
    terminal.onBinary((data) => this.#input(binaryBytes(data)))
    terminal.onTitleChange((title) => notify({ type: 'title', title: printable(title) }))
    terminal.onBell(() => this.#screen.isRestoring || notify({ type: 'bell' }))
    cleanPastes(host, (text) => this.#pasted(text), signal)
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
    if (isFocusReport(data)) {
      this.#link?.input(textBytes(data))
      return
    }
    if (data === '\r' && (this.#ended || !this.#link?.attached)) {
      this.#options.notify({ type: 'again' })
      return
    }
    const held = this.#held
    this.#input(textBytes(this.#screen.extras?.withModifiers(data, held) ?? data))
    if (held.length === 0) return
    this.#held = []
    this.#options.notify({ type: 'released' })
  }

  #pasted(text: string): void {
    const { terminal } = this.#screen
    const accept = () => terminal.paste(text)
    const lines = this.#isReadOnly ? undefined : linesToAskAbout(text, terminal.modes.bracketedPasteMode)
    if (lines === undefined) accept()
    else this.#options.notify({ type: 'paste', text, lines, accept })
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
    this.#obey(owner)
    return false
  }

  #obey(owner: Exclude<KeyOwner, 'shell' | 'page'>): void {
    const { terminal, extras } = this.#screen
    const { notify } = this.#options
    switch (owner) {
      case 'leave':
      case 'search':
        notify({ type: owner })
        return
      case 'larger':
        notify({ type: 'text-size', change: 1 })
        return
      case 'smaller':
        notify({ type: 'text-size', change: -1 })
        return
      case 'usual-size':
        notify({ type: 'text-size', change: 0 })
        return
      case 'copy':
      case 'copy-once':
        extras?.copy(terminal.getSelection())
        if (owner === 'copy-once') terminal.clearSelection()
        return
      default:
        owner satisfies never
    }
  }
}

function isSame(one: { cols: number; rows: number }, other: { cols: number; rows: number }): boolean {
  return one.cols === other.cols && one.rows === other.rows
}

/** A title comes from whatever runs in the lab. */
function printable(title: string): string {
  return title.replace(/\p{C}/gu, '').slice(0, MAX_TITLE)
}
