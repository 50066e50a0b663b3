/** A display on a page of its own: a sized container in a shadow root, a fake network, a manual clock. */
import type { Display, DisplayEvent, DisplayOptions } from '../../../src/display/display.js'
import type { LinkPorts } from '../../../src/display/link-ports.js'
import type { Ticket } from '../../../src/wire/schema.js'
import { FakeSocket } from './fake-socket.js'
import { ManualClock } from './manual-clock.js'

export const APPEARANCE = {
  fontSize: 14,
  fontFamily: 'monospace',
  theme: 'dark',
  label: 'Terminal of the lab',
  screenReader: false,
} as const

export interface PageOptions {
  readonly style?: string | undefined
  readonly parent?: HTMLElement | undefined
  /** Instead of one in the shadow root. */
  readonly container?: HTMLElement | undefined
}

type Made = Pick<DisplayOptions, 'container' | 'appearance' | 'readOnly' | 'notify'>

export abstract class DisplayPage {
  readonly page = document.createElement('div')
  readonly root = this.page.attachShadow({ mode: 'open' })
  readonly container: HTMLElement
  readonly clock = new ManualClock()
  readonly sockets: FakeSocket[] = []
  readonly events: DisplayEvent[] = []
  readonly display: Display
  /** Thrown instead of opening a socket. */
  refusal: Error | undefined
  #link: AbortController | undefined

  constructor(
    { style = 'width: 640px; height: 320px', parent = document.body, container }: PageOptions,
    make: (options: Made, ports: LinkPorts) => Display,
  ) {
    this.container = container ?? document.createElement('div')
    this.container.setAttribute('role', 'group')
    this.container.setAttribute('aria-label', 'Terminal')
    if (!container) {
      this.container.style.cssText = `position: relative; ${style}`
      this.root.append(this.container)
    }
    parent.append(this.page)
    const { now, setTimeout, clearTimeout } = this.clock
    const notify = (event: DisplayEvent) => this.events.push(event)
    this.display = make(
      { container: this.container, appearance: APPEARANCE, readOnly: false, notify },
      { openSocket: (url, subprotocols) => this.#open(url, subprotocols), now, setTimeout, clearTimeout },
    )
  }

  /** A link that opens when the display does; the one before is aborted. */
  connectLater(ticket: Ticket): void {
    this.abort()
    this.#link = new AbortController()
    this.display.connect(ticket, this.#link.signal)
  }

  abort(): void {
    this.#link?.abort()
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no link was opened')
    return socket
  }

  find(selector: string): HTMLElement {
    const element = this.root.querySelector(selector)
    if (!(element instanceof HTMLElement)) throw new Error(`no ${selector}`)
    return element
  }

  /** Where a person types. */
  get field(): HTMLTextAreaElement {
    const field = this.root.querySelector('textarea')
    if (!field) throw new Error('the display is not there')
    return field
  }

  eventsOf<T extends DisplayEvent['type']>(type: T): Extract<DisplayEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<DisplayEvent, { type: T }> => event.type === type)
  }

  remove(): void {
    this.display.dispose()
    this.page.remove()
  }

  #open(url: string, subprotocols: readonly string[]): FakeSocket {
    if (this.refusal) throw this.refusal
    const socket = new FakeSocket(url, subprotocols)
    this.sockets.push(socket)
    return socket
  }
}

export async function frames(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve))
}

/** Waits for a condition, however slow the machine is. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 2))
  if (!condition()) throw new Error(`it never came: ${condition}`)
}
