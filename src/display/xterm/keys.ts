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

const ZOOM_KEYS: ReadonlySet<string> = new Set(['+', '-', '=', '0'])
const SCROLL_KEYS: ReadonlySet<string> = new Set(['PageUp', 'PageDown'])

export function keyOwner(event: Chord, context: KeyContext): KeyOwner {
  const { platform, readOnly } = context
  if (LEAVE_CHORD.matches(event)) return 'leave'
  if (isCopy(event)) return 'copy'
  if (platform === 'windows' && context.hasSelection && isControlC(event)) return 'copy-once'
  // Command and Windows-key shortcuts, Command+C and Command+V among them; xterm itself selects all.
  if (event.metaKey) return platform === 'apple' && event.key === 'a' ? 'shell' : 'page'
  if (event.ctrlKey && !event.altKey && ZOOM_KEYS.has(event.key)) return 'page'
  // Nothing to type into, so nothing to hold a keyboard user: Tab moves on.
  if (readOnly) return event.shiftKey && SCROLL_KEYS.has(event.key) ? 'shell' : 'page'
  return 'shell'
}

function isCopy({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord): boolean {
  if (!ctrlKey || altKey || metaKey) return false
  return shiftKey ? key === 'C' || key === 'c' : key === 'Insert'
}

/** Elsewhere ^C always interrupts; on Windows people expect it to copy what they selected, as its own terminals do. */
function isControlC({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord): boolean {
  return key === 'c' && ctrlKey && !shiftKey && !altKey && !metaKey
}
