/** A desktop on a page of its own, and what a fake guacd says to it. */
import { Parser } from 'guacamole-common-js'
import type { Appearance, DisplayOptions } from '../../../src/display/display.js'
import { createGuacamoleDisplay } from '../../../src/display/guacamole/display.js'
import type { GuacamolePorts } from '../../../src/display/guacamole/ports.js'
import type { Ticket } from '../../../src/wire/schema.js'
import { APPEARANCE, DisplayPage, type PageOptions, until } from './display-page.js'
import type { FakeSocket } from './fake-socket.js'

export { until } from './display-page.js'

export const LOOKS: Appearance = { ...APPEARANCE, label: 'Desktop of the lab' }

export const DESKTOP_TICKET: Ticket = {
  ticket: 'T1cket',
  url: 'ws://127.0.0.1:9/v1/tunnel',
  subprotocol: 'guacamole',
  expiresAt: '2026-01-01T00:00:30Z',
}

export const TUNNEL = '3e7ab9a2-53ec-4f0b-8f3c-1d2b0a7d9c11'

export interface DesktopOptions extends Partial<Omit<DisplayOptions, 'notify' | 'container'>>, PageOptions {
  readonly platform?: GuacamolePorts['platform']
}

export class Desktop extends DisplayPage {
  #frames = 0

  constructor({ platform = 'other', style, parent, container, ...rest }: DesktopOptions = {}) {
    super({ style, parent, container }, (options, ports) =>
      createGuacamoleDisplay({ ...options, appearance: LOOKS, protocol: 'vnc', ...rest }, { ...ports, platform }),
    )
  }

  /** A new link; the one before is aborted. */
  connect(ticket: Ticket = DESKTOP_TICKET): FakeSocket {
    this.connectLater(ticket)
    return this.socket
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

  get surface(): HTMLElement {
    return this.find('.surface')
  }

  /** Red, green and blue of a pixel of the lab; undefined where there is no picture. */
  pixel(x = 5, y = 5): number[] | undefined {
    const canvas = this.root.querySelector('canvas')
    if (!canvas || canvas.width === 0) return undefined
    return [...(canvas.getContext('2d')?.getImageData(x, y, 1, 1).data ?? [])].slice(0, 3)
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
