/**
 * The inside of xterm that its public API does not show, read with checks. Needed to restore a screen exactly (scroll
 * region, saved cursor, character sets, mouse encoding), to parse at a known byte, and to bound what a hostile program
 * asks for. Pinned by tests: an xterm that looks different inside fails there, not in a learner's shell.
 */
import type { IBufferCell, Terminal } from '@xterm/headless'

/** Colours and styles; what a cell and a cursor have in common. */
export type Pen = Omit<IBufferCell, 'getWidth' | 'getChars' | 'getCode'> & {
  /** Colours and styles packed; equal ones look equal unless there are extended ones (underline style and colour). */
  readonly fg: number
  readonly bg: number
  /** `underlineColor`: packed; 0 for that of the text. */
  readonly extended: { readonly underlineColor: number }
  hasExtendedAttrs(): number
  getUnderlineStyle(): number
  isUnderlineColorRGB(): boolean
  isUnderlineColorPalette(): boolean
  isUnderlineColorDefault(): boolean
  getUnderlineColor(): number
}

/** State of one of the two buffers that belongs to no cell. Rows and columns from 0. */
export interface BufferState {
  readonly scrollTop: number
  readonly scrollBottom: number
  readonly savedRow: number
  readonly savedColumn: number
  readonly savedPen: Pen
  readonly savedCharset: unknown
  readonly tabs: number[]
}

/** State of the terminal that its public `modes` leave out. */
export interface HiddenState {
  readonly pen: Pen
  /** True when the last thing done was to print a character; REP (CSI b) and combining characters go on from it. */
  readonly printed: boolean
  readonly cursorHidden: boolean
  readonly cursorStyle: string
  readonly cursorBlink: boolean
  readonly mouseEncoding: string
  /** Slot of the character set in use, what it translates, and what each of the four slots does. */
  readonly charsetLevel: number
  readonly charset: unknown
  readonly charsets: readonly unknown[]
}

/** A part of xterm is not where it is expected. */
export class InternalsError extends Error {
  override readonly name = 'InternalsError'
}

function member(object: unknown, ...path: string[]): unknown {
  let value: unknown = object
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Reflect.has(value, key)) {
      throw new InternalsError(`xterm has no ${path.join('.')}`)
    }
    value = Reflect.get(value, key)
  }
  return value
}

/** A member that is there only once it was set. */
function optional(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined
}

function numberOf(object: unknown, ...path: string[]): number {
  const value = member(object, ...path)
  if (typeof value !== 'number') throw new InternalsError(`${path.join('.')} is no number`)
  return value
}

/** Calls a method of a part of xterm. */
function call(object: unknown, name: string, ...values: unknown[]): unknown {
  const method = member(object, name)
  if (typeof method !== 'function') throw new InternalsError(`${name} is no method`)
  return Reflect.apply(method, object, values)
}

/** Narrows to what has colours and styles. */
export function isPen(value: unknown): value is Pen {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['getUnderlineStyle', 'isFgRGB', 'fg', 'extended'].every((key) => Reflect.has(value, key))
  )
}

function penOf(object: unknown, ...path: string[]): Pen {
  const value = member(object, ...path)
  if (!isPen(value)) throw new InternalsError(`${path.join('.')} has no colours`)
  return value
}

/** Parses bytes at once. The public `write` parses later, in slices, and an exception there would end the process. */
export function parseNow(terminal: Terminal, bytes: Uint8Array): void {
  call(member(terminal, '_core', '_inputHandler'), 'parse', bytes)
}

export function bufferState(terminal: Terminal, which: 'normal' | 'alt'): BufferState {
  const buffer = member(terminal, '_core', '_bufferService', 'buffers', which)
  const tabs = member(buffer, 'tabs')
  return {
    scrollTop: numberOf(buffer, 'scrollTop'),
    scrollBottom: numberOf(buffer, 'scrollBottom'),
    savedRow: Math.max(numberOf(buffer, 'savedY') - numberOf(buffer, 'ybase'), 0),
    savedColumn: numberOf(buffer, 'savedX'),
    savedPen: penOf(buffer, 'savedCurAttrData'),
    savedCharset: member(buffer, 'savedCharset'),
    tabs: typeof tabs === 'object' && tabs !== null ? Object.keys(tabs).map(Number) : [],
  }
}

export function hiddenState(terminal: Terminal): HiddenState {
  const core = member(terminal, '_core')
  const charsets = member(core, '_charsetService', '_charsets')
  return {
    pen: penOf(core, '_inputHandler', '_curAttrData'),
    printed: numberOf(core, '_inputHandler', '_parser', 'precedingJoinState') !== 0,
    cursorHidden: member(core, 'coreService', 'isCursorHidden') === true,
    cursorStyle: String(member(core, 'coreService', 'decPrivateModes', 'cursorStyle') ?? ''),
    cursorBlink: member(core, 'coreService', 'decPrivateModes', 'cursorBlink') === true,
    mouseEncoding: String(member(core, 'coreMouseService', 'activeEncoding')),
    charsetLevel: numberOf(core, '_charsetService', 'glevel'),
    charset: optional(member(core, '_charsetService'), 'charset'),
    charsets: Array.isArray(charsets) ? charsets : [],
  }
}

/** Lets `change` see the first parameter of a CSI sequence before xterm acts on it, and put another in its place. */
export function changeCsi(
  terminal: Terminal,
  id: { readonly prefix?: string; readonly final: string },
  change: (value: number) => number,
): void {
  call(member(terminal, '_core'), 'registerCsiHandler', id, (params: unknown) => {
    const values = member(params, 'params')
    if (values instanceof Int32Array && values[0] !== undefined) values[0] = change(values[0])
    return false
  })
}

/** The character widths in use: `charProperties(codepoint, preceding)` of the active Unicode version. */
export function charProperties(terminal: Terminal): (codepoint: number, preceding: number) => number {
  const provider = member(terminal, '_core', 'unicodeService', '_activeProvider')
  if (!isWidths(provider)) throw new InternalsError('xterm has no character widths')
  return (codepoint, preceding) => provider.charProperties(codepoint, preceding)
}

function isWidths(value: unknown): value is { charProperties(codepoint: number, preceding: number): number } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'charProperties') === 'function'
}
