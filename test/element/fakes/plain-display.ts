import type { Appearance, Display, DisplayEvent, DisplayOptions, TouchKey } from '../../../src/display/display.js'
import type { Ticket } from '../../../src/wire/schema.js'

/** A terminal that is a text field: ready at once, and it notes what it is told. */
export class PlainDisplay implements Display {
  readonly kind = 'xterm'
  readonly options: DisplayOptions
  readonly field = document.createElement('textarea')
  readonly sent: string[] = []
  readonly found: string[] = []
  readonly pressed: TouchKey[] = []
  appearance: Appearance
  connections = 0
  shells = 0
  disposed = false

  constructor(options: DisplayOptions) {
    this.options = options
    this.appearance = options.appearance
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

  getText(): string {
    return 'the screen'
  }

  find(text: string, direction: 'next' | 'previous'): void {
    this.found.push(`${direction} ${text}`)
  }

  press(key: TouchKey): void {
    this.pressed.push(key)
  }

  newShell(): void {
    this.shells++
  }

  dispose(): void {
    this.disposed = true
    this.options.container.replaceChildren()
  }
}
