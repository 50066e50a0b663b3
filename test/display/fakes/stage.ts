/** A text terminal on a page of its own. */
import type { DisplayOptions } from '../../../src/display/display.js'
import { createXtermDisplay } from '../../../src/display/xterm/display.js'
import type { XtermPorts } from '../../../src/display/xterm/ports.js'
import { SUBPROTOCOL } from '../../../src/wire/protocol.js'
import type { Ticket } from '../../../src/wire/schema.js'
import { APPEARANCE, DisplayPage, frames, type PageOptions } from './display-page.js'
import type { FakeSocket } from './fake-socket.js'

export { APPEARANCE, frames } from './display-page.js'

export const TICKET: Ticket = {
  ticket: 'T1cket',
  url: 'ws://127.0.0.1:9/v1/tunnel',
  subprotocol: SUBPROTOCOL.ssh,
  expiresAt: '2026-01-01T00:00:30Z',
}

export interface StageOptions extends Partial<Omit<DisplayOptions, 'notify' | 'container'>>, PageOptions {
  readonly platform?: XtermPorts['platform']
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

export class Stage extends DisplayPage {
  readonly opened: string[]

  constructor({ platform = 'other', style, parent, container, hasGpu = false, ...rest }: StageOptions = {}) {
    const opened: string[] = []
    super({ style, parent, container }, (options, ports) =>
      createXtermDisplay(
        { ...options, ...rest },
        { ...ports, platform, hasGpu: () => hasGpu, openPage: (url) => opened.push(url) },
      ),
    )
    this.opened = opened
  }

  /** A new link; the one before is aborted. */
  connect(ticket: Ticket = TICKET): FakeSocket {
    this.connectLater(ticket)
    return this.socket
  }

  /** A link that opens when the terminal does. */
  override connectLater(ticket: Ticket = TICKET): void {
    super.connectLater(ticket)
  }

  /** A link on an empty stream. */
  attach(): FakeSocket {
    const socket = this.connect()
    socket.attach()
    return socket
  }

  get textarea(): HTMLTextAreaElement {
    return this.field
  }

  /** Resolves when the terminal parsed everything it got. */
  async parsed(expected: (text: string) => boolean = () => true): Promise<string> {
    for (let turn = 0; turn < 2_000; turn++) {
      await new Promise((resolve) => setTimeout(resolve))
      if (turn > 2 && expected(this.display.getText())) break
    }
    return this.display.getText()
  }
}
