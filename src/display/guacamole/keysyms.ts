/** X11 keysyms, which is what the Guacamole protocol calls keys by (keysymdef.h). Pure. */
import type { TerminalInfo } from '../../wire/schema.js'

export const KEYSYM = {
  backspace: 0xff08,
  tab: 0xff09,
  enter: 0xff0d,
  escape: 0xff1b,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  insert: 0xff63,
  shift: 0xffe1,
  control: 0xffe3,
  capsLock: 0xffe5,
  alt: 0xffe9,
  delete: 0xffff,
} as const

const CONTROL_KEYS: ReadonlyMap<string, number> = new Map([
  ['\b', KEYSYM.backspace],
  ['\t', KEYSYM.tab],
  ['\n', KEYSYM.enter],
  ['\x1b', KEYSYM.escape],
])

const NAMED_KEYS: ReadonlyMap<string, number> = new Map([
  ['Control', KEYSYM.control],
  ['Alt', KEYSYM.alt],
  ['Shift', KEYSYM.shift],
  ['Escape', KEYSYM.escape],
  ['Tab', KEYSYM.tab],
  ['Enter', KEYSYM.enter],
  ['Delete', KEYSYM.delete],
  ['ArrowLeft', KEYSYM.left],
  ['ArrowUp', KEYSYM.up],
  ['ArrowRight', KEYSYM.right],
  ['ArrowDown', KEYSYM.down],
])

/** A key by its name in `KeyboardEvent.key`, or a character's; undefined for any other. */
export function keysymOf(name: string): number | undefined {
  return NAMED_KEYS.get(name) ?? ([...name].length === 1 ? keysymsOf(name)[0] : undefined)
}

/** The keys that type a text, in order. Characters that no key types are left out. */
export function keysymsOf(text: string): number[] {
  return [...text.replace(/\r\n?/g, '\n')].flatMap((character) => {
    const key = CONTROL_KEYS.get(character)
    if (key !== undefined) return [key]
    const point = character.codePointAt(0) ?? 0
    if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return []
    return [point <= 0xff ? point : 0x01000000 | point]
  })
}

/** Terminals paste by Ctrl+Shift+V, desktops by Ctrl+V. */
export function pasteChord(protocol: TerminalInfo['protocol'] | undefined): number[] {
  const desktop = protocol === 'rdp' || protocol === 'vnc'
  return [KEYSYM.control, ...(desktop ? keysymsOf('v') : [KEYSYM.shift, ...keysymsOf('V')])]
}
