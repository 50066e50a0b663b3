/** Whose a key is, and what it means: the lab's, but for what a person needs to keep hold of the page. Pure. */
import { type Chord, LEAVE_CHORD } from '../leave-chord.js'
import type { Platform } from '../platform.js'

export type KeyMeaning =
  | { readonly for: 'lab' }
  /** Not touched: the browser and the page do as they would. */
  | { readonly for: 'page' }
  | { readonly for: 'leave' }
  /** The browser pastes first, so that the lab has the text before it is told to paste. */
  | { readonly for: 'paste' }
  /** Command with a letter, which is Control with it in the lab. */
  | { readonly for: 'command'; readonly letter: string }

export interface KeyContext {
  readonly platform: Platform
  /** The lab can be typed in: there is a link, and more than a look is allowed. */
  readonly listening: boolean
}

/** Command and these are what Control and these are elsewhere; others belong to the browser. */
const COMMANDS = new Set(['a', 'c', 'x', 'z'])

export function keyMeaning(event: Chord, { platform, listening }: KeyContext): KeyMeaning {
  if (LEAVE_CHORD.matches(event)) return { for: 'leave' }
  // Nothing to type into, so nothing to hold a keyboard user: Tab moves on.
  if (!listening) return { for: 'page' }
  // Letters come as they are meant; a lock turned on in the lab, too, would turn them round.
  if (event.key === 'CapsLock') return { for: 'page' }
  if (isPaste(event, platform)) return { for: 'paste' }
  if (platform !== 'apple') return { for: 'lab' }
  if (event.key === 'Meta') return { for: 'page' }
  if (!event.metaKey) return { for: 'lab' }
  const letter = event.key.toLowerCase()
  return COMMANDS.has(letter) && !event.ctrlKey && !event.altKey ? { for: 'command', letter } : { for: 'page' }
}

function isPaste({ key, ctrlKey, shiftKey, altKey, metaKey }: Chord, platform: Platform): boolean {
  if (altKey) return false
  if (platform === 'apple') return metaKey && !ctrlKey && key.toLowerCase() === 'v'
  if (metaKey) return false
  return ctrlKey ? key.toLowerCase() === 'v' : shiftKey && key === 'Insert'
}
