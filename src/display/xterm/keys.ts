/** Whose a key is: the shell's, but for what a person needs to keep hold of the page. Pure. */
import { type Chord, LEAVE_CHORD } from '../leave-chord.js'
import type { Platform } from '../platform.js'

export interface KeyContext {
  readonly platform: Platform
  readonly readOnly: boolean
  readonly hasSelection: boolean
}

export type KeyOwner =
  | 'shell'
  /** Not touched: the browser and the page do as they would. */
  | 'page'
  | 'leave'
  | 'copy'
  /** Copies and drops the selection, so that the same key interrupts the next time. */
  | 'copy-once'
  | 'search'
  | 'larger'
  | 'smaller'
  | 'usual-size'

const SIZE_KEYS: Readonly<Record<string, KeyOwner>> = {
  '+': 'larger',
  '=': 'larger',
  '-': 'smaller',
  '0': 'usual-size',
}
const SCROLL_KEYS: ReadonlySet<string> = new Set(['PageUp', 'PageDown'])

export function keyOwner(event: Chord, context: KeyContext): KeyOwner {
  const { platform, readOnly } = context
  if (LEAVE_CHORD.matches(event)) return 'leave'
  if (isCopy(event)) return 'copy'
  if (isSearch(event, platform)) return 'search'
  const size = sizeKey(event, platform)
  if (size) return size
  if (platform === 'windows' && context.hasSelection && isControlC(event)) return 'copy-once'
  // Command and Windows-key shortcuts, Command+C and Command+V among them; xterm itself selects all.
  if (event.metaKey) return platform === 'apple' && event.key === 'a' ? 'shell' : 'page'
  // Nothing to type into, so nothing to hold a keyboard user: Tab moves on.
  if (readOnly) return event.shiftKey && SCROLL_KEYS.has(event.key) ? 'shell' : 'page'
  return 'shell'
}

function isCopy({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord): boolean {
  if (!ctrlKey || altKey || metaKey) return false
  return shiftKey ? key === 'C' || key === 'c' : key === 'Insert'
}

function isSearch({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord, platform: Platform): boolean {
  if (altKey || key.toLowerCase() !== 'f') return false
  return platform === 'apple' ? metaKey && !ctrlKey : ctrlKey && shiftKey && !metaKey
}

/** The browser's zoom elsewhere on the page; in the terminal its text. */
function sizeKey({ key, ctrlKey, altKey, metaKey }: Chord, platform: Platform): KeyOwner | undefined {
  const modifier = platform === 'apple' ? metaKey && !ctrlKey : ctrlKey && !metaKey
  return modifier && !altKey && Object.hasOwn(SIZE_KEYS, key) ? SIZE_KEYS[key] : undefined
}

/** Elsewhere ^C always interrupts; on Windows people expect it to copy what they selected, as its own terminals do. */
function isControlC({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord): boolean {
  return key === 'c' && ctrlKey && !shiftKey && !altKey && !metaKey
}
