/** What is either on or off. */
export type Switch = 'screenReader' | 'localEcho' | 'touchpad' | 'touchKeys'

/** What a learner chose in the menu, kept in this browser for every lab of the same site. */
export interface Preferences {
  fontSize?: number
  switches?: Partial<Record<Switch, boolean>>
  /** A scheme of the display, whatever the page asks for. */
  scheme?: string
}

/** A function, because merely naming the browser's storage throws in some frames. */
export type PreferenceStorage = () => Pick<Storage, 'getItem' | 'setItem'>

const KEY = 'lab-terminal'
export const FONT_SIZES = { min: 8, max: 40 } as const

export function readPreferences(storage: PreferenceStorage): Preferences {
  try {
    const { fontSize, scheme, switches }: Record<string, unknown> = JSON.parse(storage().getItem(KEY) ?? '{}')
    return {
      switches: switchesOf(switches),
      ...(typeof fontSize === 'number' && { fontSize: boundedSize(fontSize) }),
      ...(typeof scheme === 'string' && { scheme: scheme.slice(0, 40) }),
    }
  } catch {
    // Storage is refused in some frames and private windows, and anybody may have written there.
    return {}
  }
}

function switchesOf(stored: unknown): Partial<Record<Switch, boolean>> {
  return Object.fromEntries(Object.entries(stored ?? {}).filter(([, on]) => typeof on === 'boolean'))
}

export function writePreferences(storage: PreferenceStorage, preferences: Preferences): void {
  try {
    storage().setItem(KEY, JSON.stringify(preferences))
  } catch {
    // As above: the choice lasts until the page is left.
  }
}

export function boundedSize(pixels: number): number {
  return Math.min(FONT_SIZES.max, Math.max(FONT_SIZES.min, Math.round(pixels)))
}
