/**
 * Instructions of the Guacamole protocol: `LEN.VALUE,LEN.VALUE;`, where LEN counts Unicode code points, not bytes and not
 * UTF-16 units. Pure.
 */

/** An opcode and its arguments, or for the handshake whatever else is counted. */
export type Instruction = readonly [opcode: string, ...args: string[]]

export const MAX_ELEMENTS = 128
/** Code points of one element, as guacd has it. */
export const MAX_ELEMENT = 8192

/** Bytes or text that are no instructions; the message holds nothing of them. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError'
}

/** The wire form. Throws `InstructionError` for what guacd would not read. */
export function encode(...[opcode, ...args]: Instruction): string {
  let text = element(opcode)
  for (const arg of args) text += `,${element(arg)}`
  if (args.length >= MAX_ELEMENTS) throw new InstructionError('too many elements')
  return `${text};`
}

function element(value: string): string {
  const length = codePoints(value)
  if (length > MAX_ELEMENT) throw new InstructionError('an element is too long')
  return `${length}.${value}`
}

/** Code points of a text; half a surrogate pair counts as one, as U+FFFD will when it is written. */
export function codePoints(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) if (isPair(text, at)) count--
  return count
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

/** One whole instruction, as bytes that a `Cutter` found. Throws `InstructionError`. */
export function decode(bytes: Buffer): Instruction {
  const [instruction, ...rest] = new InstructionReader(bytes.length).read(bytes)
  if (!instruction || rest.length > 0) throw new InstructionError('not one instruction')
  return instruction
}

/** Reads instructions from pieces of text that end anywhere. For the small side: what a browser or a handshake says. */
export class InstructionReader {
  readonly #limit: number
  #rest = ''

  /** @param limit Characters of an instruction that is not whole yet. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is whole now. `bytes` are UTF-8 that ends at a character. Throws `InstructionError`. */
  read(bytes: Buffer): Instruction[] {
    const text = this.#rest + bytes.toString('utf8')
    const found: Instruction[] = []
    let from = 0
    for (;;) {
      const elements: string[] = []
      const end = readElements(text, from, elements)
      if (end === undefined) break
      const [opcode = '', ...args] = elements
      found.push([opcode, ...args])
      from = end
    }
    this.#rest = text.slice(from)
    if (this.#rest.length > this.#limit) throw new InstructionError('an instruction is too long')
    return found
  }
}

/** Fills in the elements from `at` on and returns where the next instruction begins; undefined while one is not whole. */
function readElements(text: string, from: number, elements: string[]): number | undefined {
  for (let at = from; ; ) {
    const dot = text.indexOf('.', at)
    const digits = dot === -1 ? text.slice(at, at + 5) : text.slice(at, dot)
    if (dot === -1 && digits.length < 5 && /^\d*$/.test(digits)) return undefined
    if (dot === -1 || !/^\d{1,4}$/.test(digits) || Number(digits) > MAX_ELEMENT) {
      throw new InstructionError('a length is wrong')
    }
    const end = skip(text, dot + 1, Number(digits))
    if (end >= text.length) return undefined
    if (elements.push(text.slice(dot + 1, end)) > MAX_ELEMENTS) throw new InstructionError('too many elements')
    const terminator = text[end]
    if (terminator === ';') return end + 1
    if (terminator !== ',') throw new InstructionError('a length does not fit')
    at = end + 1
  }
}

/** Where the text is after so many code points; beyond its end where it has fewer. */
function skip(text: string, from: number, count: number): number {
  let at = from
  for (let left = count; left > 0 && at < text.length; left--) at += isPair(text, at) ? 2 : 1
  return at < text.length ? at : text.length
}
