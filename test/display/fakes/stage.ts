/** A terminal on a page of its own: a sized container in a shadow root, a fake network, a manual clock. */
import type { Display, DisplayEvent, DisplayOptions } from '../../../src/display/display.js'
import { createXtermDisplay } from '../../../src/display/xterm/display.js'
import type { XtermPorts } from '../../../src/display/xterm/ports.js'
import { SUBPROTOCOL } from '../../../src/wire/protocol.js'
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

export const TICKET: Ticket = {
  ticket: 'T1cket',
  url: 'ws://127.0.0.1:9/v1/tunnel',
  subprotocol: SUBPROTOCOL.ssh,
  expiresAt: '2026-01-01T00:00:30Z',
}

export interface StageOptions extends Partial<Omit<DisplayOptions, 'notify'>> {
  readonly platform?: XtermPorts['platform']
  readonly style?: string
  readonly parent?: HTMLElement
  readonly hasGpu?: boolean
}

/** Width of the scroll bar, which is kept free (FitAddon), in pixels. */
const SCROLL_BAR = 14

/** How many cells a container of this size holds: which font `monospace` is, and how tall, is the machine's choice. */
export async function cellsIn(width: number, height: number, fontSize = 14): Promise<{ cols: number; rows: number }> {
  const probe = new Stage({ appearance: { ...APPEARANCE, fontSize } })
  probe.attach().message({ type: 'resized', cols: 100, rows: 100 })
  await probe.parsed()
  await frames()
  const box = probe.find('.xterm-screen').getBoundingClientRect()
  probe.remove()
  return { cols: Math.floor((width - SCROLL_BAR) / (box.width / 100)), rows: Math.floor(height / (box.height / 100)) }
}

export class Stage {
  readonly page: HTMLElement
  readonly container: HTMLElement
  readonly root: ShadowRoot
  readonly clock = new ManualClock()
  readonly sockets: FakeSocket[] = []
  readonly events: DisplayEvent[] = []
  readonly opened: string[] = []
  readonly display: Display
  /** Thrown instead of opening a socket. */
  refusal: Error | undefined
  #link: AbortController | undefined

  constructor({
    platform = 'other',
    style = 'width: 640px; height: 320px',
    parent,
    container,
    hasGpu = false,
    ...rest
  }: StageOptions = {}) {
    this.page = document.createElement('div')
    this.root = this.page.attachShadow({ mode: 'open' })
    this.container = container ?? document.createElement('div')
    this.container.setAttribute('role', 'group')
    this.container.setAttribute('aria-label', 'Terminal')
    if (!container) {
      this.container.style.cssText = `position: relative; ${style}`
      this.root.append(this.container)
    }
    const home = parent ?? document.body
    home.append(this.page)
    this.display = createXtermDisplay(
      {
        container: this.container,
        appearance: APPEARANCE,
        readOnly: false,
        notify: (event) => this.events.push(event),
        ...rest,
      },
      {
        openSocket: (url, subprotocols) => {
          if (this.refusal) throw this.refusal
          const socket = new FakeSocket(url, subprotocols)
          this.sockets.push(socket)
          return socket
        },
        now: this.clock.now,
        setTimeout: this.clock.setTimeout,
        clearTimeout: this.clock.clearTimeout,
        platform,
        hasGpu: () => hasGpu,
        openPage: (url) => this.opened.push(url),
      },
    )
  }

  /** A new link; the one before is aborted. */
  connect(ticket: Ticket = TICKET): FakeSocket {
    this.connectLater(ticket)
    return this.socket
  }

  /** A link that opens when the terminal does. */
  connectLater(ticket: Ticket = TICKET): void {
    this.#link?.abort()
    this.#link = new AbortController()
    this.display.connect(ticket, this.#link.signal)
  }

  /** A link on an empty stream. */
  attach(): FakeSocket {
    const socket = this.connect()
    socket.attach()
    return socket
  }

  abort(): void {
    this.#link?.abort()
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no link was opened')
    return socket
  }

  get textarea(): HTMLTextAreaElement {
    const textarea = this.root.querySelector('textarea')
    if (!textarea) throw new Error('the terminal is not open')
    return textarea
  }

  find(selector: string): HTMLElement {
    const element = this.root.querySelector(selector)
    if (!(element instanceof HTMLElement)) throw new Error(`no ${selector}`)
    return element
  }

  eventsOf<T extends DisplayEvent['type']>(type: T): Extract<DisplayEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<DisplayEvent, { type: T }> => event.type === type)
  }

  /** Resolves when the terminal parsed everything it got. */
  async parsed(expected: (text: string) => boolean = () => true): Promise<string> {
    for (let turn = 0; turn < 2_000; turn++) {
      await new Promise((resolve) => setTimeout(resolve))
      if (turn > 2 && expected(this.display.getText())) break
    }
    return this.display.getText()
  }

  remove(): void {
    this.display.dispose()
    this.page.remove()
  }
}

export async function frames(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve))
}
