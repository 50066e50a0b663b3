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

/** A key that is another one under Fn. */
export function orWithFn(title: string, keysym: number, other: string, otherKeysym: number): readonly LayoutKey[] {
  return [
    { title, keysym },
    { title: other, keysym: otherKeysym, requires: ['fn'] },
  ]
}

export const ARROWS = {
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  home: 0xff50,
  end: 0xff57,
  pageUp: 0xff55,
  pageDown: 0xff56,
} as const
