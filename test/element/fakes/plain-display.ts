import type {
  Appearance,
  Display,
  DisplayEvent,
  DisplayKind,
  DisplayOptions,
  FolderEntry,
} from '../../../src/display/display.js'
import type { Ticket } from '../../../src/wire/schema.js'

/** A terminal that is a text field: ready at once, and it notes what it is told. */
export class PlainDisplay implements Display {
  readonly kind: DisplayKind
  readonly options: DisplayOptions
  readonly field = document.createElement('textarea')
  readonly sent: string[] = []
  readonly found: string[] = []
  /** Modifiers held for what is typed next. */
  held: readonly string[] = []
  appearance: Appearance
  connections = 0
  shells = 0
  disposed = false
  selectedPath: string | undefined

  constructor(options: DisplayOptions, kind: DisplayKind = 'xterm') {
    this.kind = kind
    this.options = options
    this.appearance = options.appearance
    if (kind === 'guacamole') {
      this.list = async (path) => this.folders[path] ?? Promise.reject(new Error('no such folder'))
    }
    this.field.setAttribute('aria-label', options.appearance.label)
    this.field.addEventListener('keydown', (event) => {
      if (event.key === 'Backspace' && event.ctrlKey && event.shiftKey) this.tell({ type: 'leave' })
    })
    options.container.append(this.field)
  }

  tell(event: DisplayEvent): void {
    this.options.notify(event)
  }

  connect(_ticket: Ticket, signal: AbortSignal): void {
    this.connections++
    queueMicrotask(() => {
      if (!signal.aborted) this.tell({ type: 'ready', readOnly: false })
    })
  }

  update(appearance: Appearance): void {
    this.appearance = appearance
  }

  focus(): void {
    this.field.focus()
  }

  send(text: string): void {
    this.sent.push(`send ${text}`)
  }

  paste(text: string): void {
    this.sent.push(`paste ${text}`)
  }

  hold(modifiers: readonly string[]): void {
    this.held = modifiers
  }

  press(keys: readonly string[]): void {
    this.sent.push(`press ${keys.join(' ')}`)
  }

  upload(files: readonly File[]): void {
    this.sent.push(`upload ${files.map(({ name }) => name).join(' ')}`)
  }

  download(path: string): void {
    this.sent.push(`download ${path}`)
  }

  /** By their paths; others cannot be shown. */
  folders: Readonly<Record<string, readonly FolderEntry[]>> = {}
  /** Of desktops only, as with the real ones. */
  readonly list?: NonNullable<Display['list']>

  cancelTransfer(id: number): void {
    this.sent.push(`cancel ${id}`)
  }

  againTransfer(id: number): void {
    this.sent.push(`again ${id}`)
  }

  getText(): string {
    return 'the screen'
  }

  find(text: string, direction: 'next' | 'previous'): void {
    this.found.push(`${direction} ${text}`)
  }

  newShell(): void {
    this.shells++
  }

  dispose(): void {
    this.disposed = true
    this.options.container.replaceChildren()
  }
}
