/** A desktop on a page of its own: a sized container in a shadow root, a fake network and guacd, a manual clock. */
import { Parser } from 'guacamole-common-js'
import type { Appearance, Display, DisplayEvent, DisplayOptions } from '../../../src/display/display.js'
import { createGuacamoleDisplay } from '../../../src/display/guacamole/display.js'
import type { GuacamolePorts } from '../../../src/display/guacamole/ports.js'
import type { Ticket } from '../../../src/wire/schema.js'
import { FakeSocket } from './fake-socket.js'
import { ManualClock } from './manual-clock.js'

export const LOOKS: Appearance = {
  fontSize: 14,
  fontFamily: 'monospace',
  theme: 'dark',
  label: 'Desktop of the lab',
  screenReader: false,
}

export const DESKTOP_TICKET: Ticket = {
  ticket: 'T1cket',
  url: 'ws://127.0.0.1:9/v1/tunnel',
  subprotocol: 'guacamole',
  expiresAt: '2026-01-01T00:00:30Z',
}

export const TUNNEL = '3e7ab9a2-53ec-4f0b-8f3c-1d2b0a7d9c11'

export interface DesktopOptions extends Partial<Omit<DisplayOptions, 'notify'>> {
  readonly platform?: GuacamolePorts['platform']
  readonly style?: string
  readonly parent?: HTMLElement
}

export class Desktop {
  readonly page = document.createElement('div')
  readonly root: ShadowRoot
  readonly container = document.createElement('div')
  readonly clock = new ManualClock()
  readonly sockets: FakeSocket[] = []
  readonly events: DisplayEvent[] = []
  readonly display: Display
  #link: AbortController | undefined
  #frames = 0

  constructor({ platform = 'other', style = 'width: 640px; height: 320px', parent, ...rest }: DesktopOptions = {}) {
    this.root = this.page.attachShadow({ mode: 'open' })
    this.container.setAttribute('role', 'group')
    this.container.setAttribute('aria-label', 'Terminal')
    this.container.style.cssText = `position: relative; ${style}`
    this.root.append(this.container)
    const home = parent ?? document.body
    home.append(this.page)
    this.display = createGuacamoleDisplay(
      {
        container: this.container,
        appearance: LOOKS,
        readOnly: false,
        protocol: 'vnc',
        notify: (event) => this.events.push(event),
        ...rest,
      },
      {
        openSocket: (url, subprotocols) => {
          const socket = new FakeSocket(url, subprotocols)
          this.sockets.push(socket)
          return socket
        },
        now: this.clock.now,
        setTimeout: this.clock.setTimeout,
        clearTimeout: this.clock.clearTimeout,
        platform,
      },
    )
  }

  /** A new link; the one before is aborted. */
  connect(ticket: Ticket = DESKTOP_TICKET): FakeSocket {
    this.abort()
    this.#link = new AbortController()
    this.display.connect(ticket, this.#link.signal)
    return this.socket
  }

  abort(): void {
    this.#link?.abort()
  }

  /** A link on which the whole screen has been painted in a colour. */
  async open({ colour = [10, 20, 30], width = 640, height = 320, readOnly = false } = {}): Promise<FakeSocket> {
    const socket = this.connect()
    const before = this.eventsOf('ready').length
    socket.open('guacamole')
    this.say('', TUNNEL)
    if (readOnly) this.say('', 'read-only', '1')
    this.paint(colour, width, height)
    await until(() => this.eventsOf('ready').length > before)
    return socket
  }

  /** guacd, or the gateway, says something. */
  say(...elements: (string | number)[]): void {
    this.socket.text(Parser.toInstruction(elements))
  }

  paint([red = 0, green = 0, blue = 0]: readonly number[], width = 640, height = 320): void {
    this.say('size', 0, width, height)
    this.say('rect', 0, 0, 0, width, height)
    this.say('cfill', 14, 0, red, green, blue, 255)
    this.sync()
  }

  sync(): void {
    this.say('sync', 1_000 + this.#frames++)
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no link was opened')
    return socket
  }

  /** What the page sent, without what keeps the link alive. */
  get sent(): string[][] {
    return instructions(this.socket).filter(([opcode = '']) => !['', 'nop', 'sync'].includes(opcode))
  }

  sentOf(opcode: string): string[][] {
    return this.sent.filter(([found]) => found === opcode).map(([, ...args]) => args)
  }

  /** Keys as the lab got them: `+` pressed, `-` let go, by hexadecimal keysym or the character. */
  get keys(): string {
    return this.sentOf('key')
      .map(([keysym, pressed]) => (pressed === '1' ? '+' : '-') + nameOf(Number(keysym)))
      .join(' ')
  }

  /** Forgets what was sent. */
  forget(): void {
    this.socket.sentText.length = 0
  }

  get field(): HTMLTextAreaElement {
    const field = this.root.querySelector('textarea')
    if (!field) throw new Error('the display is gone')
    return field
  }

  get surface(): HTMLElement {
    const surface = this.root.querySelector('.surface')
    if (!(surface instanceof HTMLElement)) throw new Error('the display is gone')
    return surface
  }

  /** Red, green and blue of a pixel of the lab; undefined where there is no picture. */
  pixel(x = 5, y = 5): number[] | undefined {
    const canvas = this.root.querySelector('canvas')
    if (!canvas || canvas.width === 0) return undefined
    return [...(canvas.getContext('2d')?.getImageData(x, y, 1, 1).data ?? [])].slice(0, 3)
  }

  eventsOf<T extends DisplayEvent['type']>(type: T): Extract<DisplayEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<DisplayEvent, { type: T }> => event.type === type)
  }

  remove(): void {
    this.display.dispose()
    this.page.remove()
  }
}

export function instructions(socket: FakeSocket): string[][] {
  const found: string[][] = []
  const parser = new Parser()
  parser.oninstruction = (opcode, args) => found.push([opcode, ...args])
  for (const text of socket.sentText) parser.receive(text)
  return found
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0xff08, 'Backspace'],
  [0xff09, 'Tab'],
  [0xff0d, 'Enter'],
  [0xff1b, 'Escape'],
  [0xff51, 'Left'],
  [0xffe1, 'Shift'],
  [0xffe3, 'Ctrl'],
  [0xffe9, 'Alt'],
  [0xfe03, 'AltGr'],
  [0xff63, 'Insert'],
])

function nameOf(keysym: number): string {
  const name = NAMES.get(keysym)
  if (name) return name
  if (keysym < 0x100) return String.fromCodePoint(keysym)
  return keysym >= 0x01000000 ? String.fromCodePoint(keysym & 0xffffff) : `0x${keysym.toString(16)}`
}

/** Waits for a condition, however slow the machine is. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 2))
  if (!condition()) throw new Error(`it never came: ${condition}`)
}
