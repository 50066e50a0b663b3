/**
 * The inside of xterm that its public API does not show. What is not where it is expected is passed over; the tests of
 * hostile output and of a strict policy fail then, not a learner's page.
 */
import type { Terminal } from '@xterm/xterm'
import type { CharProperties } from '../../wire/screen.js'

/** What lies at the end of this path; undefined where it ends before. */
export function member(object: unknown, ...path: string[]): unknown {
  let value = object
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return value
}

function call(object: unknown, name: string, ...values: unknown[]): unknown {
  const method = member(object, name)
  return typeof method === 'function' ? Reflect.apply(method, object, values) : undefined
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

/** The character widths in use: `charProperties` of the active Unicode version. */
export function charProperties(terminal: Terminal): CharProperties | undefined {
  const provider = member(terminal, '_core', 'unicodeService', '_activeProvider')
  return isWidths(provider) ? (codepoint, preceding) => provider.charProperties(codepoint, preceding) : undefined
}

function isWidths(value: unknown): value is { charProperties: CharProperties } {
  return typeof member(value, 'charProperties') === 'function'
}

/**
 * Drops a string (OSC, DCS) that grows longer than `most` says, in UTF-16 units. A kind is `osc` and its number, or `dcs`
 * and the final byte of a plain one. xterm holds strings as ropes of single characters, at forty times their size.
 */
export function boundStrings(
  terminal: Terminal,
  most: (kind: string) => number,
  dropped: (kind: string) => void,
): void {
  for (const [type, id, begin] of [
    ['osc', '_id', 'start'],
    ['dcs', '_ident', 'hook'],
  ] as const) {
    const parser = member(terminal, '_core', '_inputHandler', '_parser', `_${type}Parser`)
    let length = 0
    after(parser, begin, () => {
      length = 0
    })
    after(parser, 'put', (_data, from, to) => {
      length += Number(to) - Number(from)
      const kind = `${type}${member(parser, id)}`
      if (length <= most(kind)) return
      dropped(kind)
      // Nothing takes the rest of it.
      call(parser, 'reset')
    })
  }
}

function after(object: unknown, name: string, act: (...values: unknown[]) => void): void {
  const method = member(object, name)
  if (typeof object !== 'object' || object === null || typeof method !== 'function') return
  Reflect.set(object, name, (...values: unknown[]) => {
    Reflect.apply(method, object, values)
    act(...values)
  })
}

/** How many links of OSC 8 the buffers hold. */
export function linksHeld(terminal: Terminal): number {
  const links = member(terminal, '_core', '_oscLinkService', '_dataByLinkId')
  return links instanceof Map ? links.size : 0
}

/** For a screen that is empty: xterm would keep the links of the one before for good. */
export function forgetLinks(terminal: Terminal): void {
  for (const name of ['_dataByLinkId', '_entriesWithId'])
    call(member(terminal, '_core', '_oscLinkService', name), 'clear')
}

/** Ends the link of OSC 8 that is open, if one is. */
export function endLink(terminal: Terminal): void {
  call(member(terminal, '_core', '_inputHandler'), 'setHyperlink', ';')
}

/** Gives the part that draws rows as DOM, where it is in use, what it makes their elements with. */
export function giveRows(terminal: Terminal, maker: { createElement(name: string): HTMLElement }): void {
  const rows = member(terminal, '_core', '_renderService', '_renderer', 'value', '_rowFactory')
  if (typeof rows === 'object' && rows !== null) Reflect.set(rows, '_document', maker)
}

/** Outside of any sequence, with the whole screen as scroll region. */
export function isAtRest(terminal: Terminal): boolean {
  const core = member(terminal, '_core')
  const buffer = member(core, '_bufferService', 'buffer')
  const [top, bottom] = [member(buffer, 'scrollTop'), member(buffer, 'scrollBottom')]
  return member(core, '_inputHandler', '_parser', 'currentState') === 0 && top === 0 && bottom === terminal.rows - 1
}

/** A cell in CSS pixels; undefined before the terminal is measured. */
export function cellSize(terminal: Terminal): { width: number; height: number } | undefined {
  const cell = member(terminal, '_core', '_renderService', 'dimensions', 'css', 'cell')
  const [width, height] = [member(cell, 'width'), member(cell, 'height')]
  return typeof width === 'number' && typeof height === 'number' && width * height > 0 ? { width, height } : undefined
}
