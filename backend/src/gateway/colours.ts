/**
 * Colours that programs ask for and set by OSC 4, 10, 11, 12 (xterm control sequences, "Operating System Commands").
 * The headless screen has no theme, so it answers with dark defaults; what a program set is remembered.
 */
import type { Terminal } from '@xterm/headless'

/** Each channel 0 to 255. */
type Rgb = readonly [number, number, number]

/** Numbers of the text, background and cursor colour beside those of the palette (0 to 255). */
const SPECIAL = { 10: 256, 11: 257, 12: 258 } as const
const DEFAULTS: ReadonlyMap<number, Rgb> = new Map([
  [SPECIAL[10], [0xd4, 0xd4, 0xd4]],
  [SPECIAL[11], [0x1e, 0x1e, 0x1e]],
  [SPECIAL[12], [0xd4, 0xd4, 0xd4]],
])
const ANSI = (
  '2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf ' + '555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec'
).split(' ')
/** More than a program needs in one sequence. */
const MAX_SLOTS = 32

export class Colours {
  readonly #set = new Map<number, Rgb>()
  readonly #answer: (reply: string) => void

  /** `answer` takes the replies to queries. */
  constructor(terminal: Terminal, answer: (reply: string) => void) {
    this.#answer = answer
    const { parser } = terminal
    parser.registerOscHandler(4, (data) => this.#indexed(data))
    parser.registerOscHandler(10, (data) => this.#special(data, 10))
    parser.registerOscHandler(11, (data) => this.#special(data, 11))
    parser.registerOscHandler(12, (data) => this.#special(data, 12))
    parser.registerOscHandler(104, (data) => this.#restore(data))
    parser.registerOscHandler(110, () => this.#forget(SPECIAL[10]))
    parser.registerOscHandler(111, () => this.#forget(SPECIAL[11]))
    parser.registerOscHandler(112, () => this.#forget(SPECIAL[12]))
  }

  /** Output that sets the colours again. */
  serialize(): string {
    return [...this.#set].map(([index, rgb]) => `\x1b]${name(index)};${spec(rgb)}\x1b\\`).join('')
  }

  #indexed(data: string): boolean {
    const slots = data.split(';', MAX_SLOTS)
    for (let at = 0; at + 1 < slots.length; at += 2) {
      const index = Number(slots[at])
      if (Number.isInteger(index) && index >= 0 && index < 256) this.#setOrAnswer(index, slots[at + 1] ?? '')
    }
    return true
  }

  /** Further values are for the next colours: `OSC 10;?;?` asks for text and background. */
  #special(data: string, first: keyof typeof SPECIAL): boolean {
    data.split(';', 3).forEach((value, offset) => {
      const index = SPECIAL[first] + offset
      if (index <= SPECIAL[12]) this.#setOrAnswer(index, value)
    })
    return true
  }

  #setOrAnswer(index: number, value: string): void {
    if (value === '?') this.#answer(`\x1b]${name(index)};${spec(this.#set.get(index) ?? defaultOf(index))}\x1b\\`)
    const rgb = parse(value)
    if (rgb) this.#set.set(index, rgb)
  }

  #restore(data: string): boolean {
    if (data === '') for (const index of [...this.#set.keys()]) if (index < 256) this.#set.delete(index)
    for (const slot of data.split(';', MAX_SLOTS)) if (slot !== '') this.#set.delete(Number(slot))
    return true
  }

  #forget(index: number): boolean {
    this.#set.delete(index)
    return true
  }
}

function name(index: number): string {
  return index < 256 ? `4;${index}` : `${index - SPECIAL[10] + 10}`
}

function spec(rgb: Rgb): string {
  return `rgb:${rgb.map((channel) => channel.toString(16).padStart(2, '0').repeat(2)).join('/')}`
}

/** `#rgb` to `#rrrrggggbbbb` and `rgb:r/g/b` to `rgb:rrrr/gggg/bbbb` (XParseColor(3)). */
function parse(value: string): Rgb | undefined {
  const text = value.toLowerCase()
  const hex = /^#([\da-f]+)$/.exec(text)?.[1]
  if (hex && hex.length <= 12 && hex.length % 3 === 0) {
    const size = hex.length / 3
    const channel = (at: number) =>
      Number.parseInt(
        hex
          .slice(at * size, at * size + size)
          .padEnd(2, '0')
          .slice(0, 2),
        16,
      )
    return [channel(0), channel(1), channel(2)]
  }
  const match = /^rgb:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})$/.exec(text)
  if (!match) return undefined
  const scaled = (digits = '0') => Math.round((Number.parseInt(digits, 16) / (16 ** digits.length - 1)) * 255)
  return [scaled(match[1]), scaled(match[2]), scaled(match[3])]
}

/** The palette of xterm: 16 named colours, a 6×6×6 cube, 24 greys. */
function defaultOf(index: number): Rgb {
  const special = DEFAULTS.get(index)
  if (special) return special
  if (index < 16) return parse(`#${ANSI[index] ?? '000000'}`) ?? [0, 0, 0]
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return [grey, grey, grey]
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40)
  const at = index - 16
  return [level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6)]
}
