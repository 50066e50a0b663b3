import type { Display, DisplayEvent } from '../../../src/display/display.js'
import type { Ticket } from '../../../src/wire/schema.js'

/** A display that counts its links and is loud about two at a time, or anything sent without one. */
export class FakeDisplay implements Display {
  readonly kind = 'xterm'
  readonly tickets: Ticket[] = []
  readonly faults: string[] = []
  readonly sent: string[] = []
  readonly notify: (event: DisplayEvent) => void
  #signal: AbortSignal | undefined

  constructor(notify: (event: DisplayEvent) => void) {
    this.notify = notify
  }

  get linked(): boolean {
    return this.#signal !== undefined && !this.#signal.aborted
  }

  connect(ticket: Ticket, signal: AbortSignal): void {
    if (this.linked) this.faults.push('a second link while one is there')
    if (signal.aborted) this.faults.push('a link that is aborted already')
    if (this.tickets.some((used) => used.ticket === ticket.ticket)) this.faults.push('a ticket used twice')
    this.tickets.push(ticket)
    this.#signal = signal
  }

  /** The link proves itself; does nothing without one, as a display that was aborted. */
  ready(): void {
    if (this.linked) this.notify({ type: 'ready', readOnly: false })
  }

  close(event: Extract<DisplayEvent, { type: 'closed' }>['problem']): void {
    if (!this.linked) return
    this.#signal = undefined
    this.notify({ type: 'closed', problem: event })
  }

  send(text: string): void {
    this.sent.push(text)
  }

  paste(text: string): void {
    this.sent.push(text)
  }

  update(): void {}
  focus(): void {}
  getText(): string {
    return ''
  }
  dispose(): void {}
}
