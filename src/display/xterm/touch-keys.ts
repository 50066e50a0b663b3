/** Keys that a touch keyboard lacks, as a terminal sends them (xterm “Control Sequences”, PC-style function keys). */
import type { TouchKey } from '../display.js'

const ARROWS = { ArrowUp: 'A', ArrowDown: 'B', ArrowRight: 'C', ArrowLeft: 'D' } as const

/** `application`: the program asked for application cursor keys (DECCKM). */
export function keySequence(key: Exclude<TouchKey, 'Control'>, application: boolean): string {
  if (key === 'Escape') return '\x1b'
  if (key === 'Tab') return '\t'
  return `\x1b${application ? 'O' : '['}${ARROWS[key]}`
}

/** What Control makes of a typed character; other text stays as it is. */
export function withControl(data: string): string {
  if (/^[a-z@[\\\]^_]$/i.test(data)) return String.fromCharCode(data.toUpperCase().charCodeAt(0) & 0x1f)
  if (data === ' ') return '\x00'
  return data === '?' ? '\x7f' : data
}
