/** Keys that a touch keyboard lacks, as a terminal sends them (xterm “Control Sequences”, PC-style function keys). */
const ARROWS: ReadonlyMap<string, string> = new Map([
  ['ArrowUp', 'A'],
  ['ArrowDown', 'B'],
  ['ArrowRight', 'C'],
  ['ArrowLeft', 'D'],
])
const NAMED: ReadonlyMap<string, string> = new Map([
  ['Escape', '\x1b'],
  ['Tab', '\t'],
  ['Enter', '\r'],
])

/**
 * Modifiers and the key that they are for, by their names; empty where a terminal has no such key. `application`: the
 * program asked for application cursor keys (DECCKM).
 */
export function keySequence(keys: readonly string[], application: boolean): string {
  const key = keys.at(-1) ?? ''
  const arrow = ARROWS.get(key)
  if (arrow === undefined) return withModifiers(NAMED.get(key) ?? ([...key].length === 1 ? key : ''), keys)
  const modifiers = (keys.includes('Alt') ? 2 : 0) + (keys.includes('Control') ? 4 : 0)
  if (modifiers > 0) return `\x1b[1;${1 + modifiers}${arrow}`
  return `\x1b${application ? 'O' : '['}${arrow}`
}

/** What held modifiers make of a typed character; other text stays as it is. */
export function withModifiers(data: string, held: readonly string[]): string {
  const character = held.includes('Control') ? withControl(data) : data
  return held.includes('Alt') && [...character].length === 1 ? `\x1b${character}` : character
}

function withControl(data: string): string {
  if (/^[a-z@[\\\]^_]$/i.test(data)) return String.fromCharCode(data.toUpperCase().charCodeAt(0) & 0x1f)
  if (data === ' ') return '\x00'
  return data === '?' ? '\x7f' : data
}
