/** A text terminal: the screen stays for the life of the element, links to the server come and go. */
import type { ITerminalAddon } from '@xterm/xterm'
import type { Ticket } from '../../wire/schema.js'
import type { Appearance, Display, DisplayOptions } from '../display.js'
import { cleanPaste } from './input.js'
import { LazyFiles } from './lazy-files.js'
import { Link, type LinkOptions } from './link.js'
import { browserPorts, type XtermPorts } from './ports.js'
import { Screen } from './screen.js'
import { ScreenStream } from './stream.js'
import { bufferText } from './text.js'
import { Typing } from './typing.js'

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
  readonly #typing: Typing
  readonly #stream: ScreenStream
  readonly #files: LazyFiles
  #link: Link | undefined
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
      download: options.hostFiles?.download ? (path) => options.notify({ type: 'download', path }) : undefined,
      found: (index, count) => options.notify({ type: 'found', index, count }),
      opened: () => queueMicrotask(() => this.#connectWaiting()),
      fitted: (size) => this.#link?.resize(size),
    })
    this.#files = new LazyFiles(options, ports)
    this.#typing = new Typing({
      screen: this.#screen,
      platform: ports.platform,
      notify: options.notify,
      hasShell: () => !this.#ended && this.#link?.attached === true,
      send: (bytes, used) => this.#send(bytes, used),
    })
    this.#stream = new ScreenStream({
      write: (bytes, taken) => this.#screen.write(bytes, taken),
      beginSnapshot: (size) => this.#screen.beginSnapshot(size),
      endSnapshot: () => this.#screen.endSnapshot(),
      beginAfresh: (size) => this.#screen.beginAfresh(size),
      taken: (seq) => this.#link?.taken(seq),
    })
    this.#listen()
  }

  connect(ticket: Ticket, signal: AbortSignal): void {
    if (this.#screen.signal.aborted) return
    this.#link?.abort()
    this.#link = undefined
    this.#files.follow(false, true)
    this.#typing.hold([])
    this.#screen.extras?.settle()
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
    this.#typing.hold([])
    if (extras) this.send(extras.keySequence(keys, terminal.modes.applicationCursorKeysMode))
    this.focus()
  }

  hold(modifiers: readonly string[]): void {
    this.#typing.hold(modifiers)
    this.focus()
  }

  upload(files: readonly File[]): void {
    this.#files.upload(files)
  }

  download(path: string): void {
    this.#files.download(path)
  }

  get selectedPath(): string | undefined {
    return this.#screen.extras?.selectedPath
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
        this.#screen.extras?.settle()
        break
      default:
    }
    this.#options.notify(event)
  }

  #listen(): void {
    const { terminal } = this.#screen
    const { notify, readOnly } = this.#options
    terminal.options.disableStdin = readOnly
    terminal.onTitleChange((title) => notify({ type: 'title', title: printable(title) }))
    terminal.onBell(() => this.#screen.isRestoring || notify({ type: 'bell' }))
  }

  get #isReadOnly(): boolean {
    return this.#screen.terminal.options.disableStdin === true
  }

  #send(bytes: Uint8Array<ArrayBuffer>, used: boolean): void {
    if (used && this.#link?.attached && this.#screen.isForeignSize) this.#takeSize()
    this.#link?.input(bytes)
    if (used) this.#options.notify({ type: 'input' })
  }

  /** The terminal gets the size that fits here: this page is the one that is used. */
  #takeSize(): void {
    this.#screen.reclaim()
    this.#link?.resize(this.#screen.own)
  }
}

function isSame(one: { cols: number; rows: number }, other: { cols: number; rows: number }): boolean {
  return one.cols === other.cols && one.rows === other.rows
}

/** A title comes from whatever runs in the lab. */
function printable(title: string): string {
  return title.replace(/\p{C}/gu, '').slice(0, MAX_TITLE)
}
