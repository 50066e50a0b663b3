/** A layout of the on-screen keyboard, in Guacamole's own format (`Guacamole.OnScreenKeyboard.Layout`). Pure. */

export interface LayoutKey {
  /** What stands on the key; a single character is also what it types, unless a keysym says other. */
  readonly title: string
  readonly keysym?: number
  /** Held from one press to the next, for the keys that require it. */
  readonly modifier?: string
  /** The modifiers under which the key is this one. */
  readonly requires?: readonly string[]
}

export interface KeyboardLayout {
  /** BCP 47. */
  readonly language: string
  /** In its own language. */
  readonly name: string
  readonly type: string
  /** In units, of which a plain key has one. */
  readonly width: number
  readonly keys: Readonly<Record<string, readonly LayoutKey[]>>
  /** Rows of keys by their names. */
  readonly layout: readonly (readonly string[])[]
  readonly keyWidths: Readonly<Record<string, number>>
  /** Beyond the format: what a screen reader says where the face of a key is a picture. */
  readonly spoken: Readonly<Record<string, string>>
}

/** Keys of characters: each word is what the key types plainly, with Shift, and with AltGr. */
export function characters(words: string): Record<string, readonly LayoutKey[]> {
  const requires = [[], ['shift'], ['alt-gr']]
  return Object.fromEntries(
    words.split(' ').map((word) => {
      const faces = [...word]
      return [faces[0], faces.map((title, at) => ({ title, requires: requires[at] ?? [] }))]
    }),
  )
}

const F1 = 0xffbe
/** X11 keysyms (keysymdef.h). Not those of `keysyms.ts`, which would bring the whole display into this chunk. */
const KEYSYM = {
  backspace: 0xff08,
  tab: 0xff09,
  enter: 0xff0d,
  escape: 0xff1b,
  home: 0xff50,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  pageUp: 0xff55,
  pageDown: 0xff56,
  end: 0xff57,
  insert: 0xff63,
  menu: 0xff67,
  shift: 0xffe1,
  control: 0xffe3,
  alt: 0xffe9,
  super: 0xffeb,
  delete: 0xffff,
} as const

/** Keys that are the same everywhere; the row of digits has the function keys under Fn, the arrows go by pages. */
export function withFunctions(
  characterKeys: Readonly<Record<string, readonly LayoutKey[]>>,
  digits: readonly string[],
): Record<string, readonly LayoutKey[]> {
  const fn = digits.map((name, at) => {
    const key = { title: `F${at + 1}`, keysym: F1 + at, requires: ['fn'] }
    return [name, [...(characterKeys[name] ?? []), key]] as const
  })
  return { ...characterKeys, ...Object.fromEntries(fn) }
}

/** What stands on keys whose names differ from language to language. */
export interface KeyFaces {
  readonly control: string
  readonly insert: string
  readonly delete: string
  readonly home: string
  readonly end: string
  readonly pageUp: string
  readonly pageDown: string
}

/** The keys around the characters. */
export function commonKeys(faces: KeyFaces): Record<string, readonly LayoutKey[]> {
  return {
    Esc: [{ title: 'Esc', keysym: KEYSYM.escape }],
    Tab: [{ title: 'Tab', keysym: KEYSYM.tab }],
    Super: [{ title: '❖', keysym: KEYSYM.super, modifier: 'super' }],
    Menu: [{ title: '☰', keysym: KEYSYM.menu }],
    Ins: [{ title: faces.insert, keysym: KEYSYM.insert }],
    Del: [{ title: faces.delete, keysym: KEYSYM.delete }],
    Back: [{ title: '⌫', keysym: KEYSYM.backspace }],
    Enter: [{ title: '↵', keysym: KEYSYM.enter }],
    Shift: [{ title: '⇧', keysym: KEYSYM.shift, modifier: 'shift' }],
    Ctrl: [{ title: faces.control, keysym: KEYSYM.control, modifier: 'control' }],
    Alt: [{ title: 'Alt', keysym: KEYSYM.alt, modifier: 'alt' }],
    Fn: [{ title: 'Fn', modifier: 'fn' }],
    Space: [{ title: ' ', keysym: 0x20 }],
    Left: orWithFn('←', KEYSYM.left, faces.home, KEYSYM.home),
    Up: orWithFn('↑', KEYSYM.up, faces.pageUp, KEYSYM.pageUp),
    Down: orWithFn('↓', KEYSYM.down, faces.pageDown, KEYSYM.pageDown),
    Right: orWithFn('→', KEYSYM.right, faces.end, KEYSYM.end),
  }
}

/** A key that is another one under Fn. */
function orWithFn(title: string, keysym: number, other: string, otherKeysym: number): readonly LayoutKey[] {
  return [
    { title, keysym },
    { title: other, keysym: otherKeysym, requires: ['fn'] },
  ]
}
