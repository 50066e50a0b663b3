/** What is either on or off. */
const SWITCHES = ['screenReader', 'localEcho', 'touchpad', 'touchKeys'] as const
export type Switch = (typeof SWITCHES)[number]

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
    const stored: unknown = JSON.parse(storage().getItem(KEY) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return {}
    return {
      switches: switchesOf(Reflect.get(stored, 'switches')),
      ...('fontSize' in stored && typeof stored.fontSize === 'number' && { fontSize: boundedSize(stored.fontSize) }),
      ...('scheme' in stored && typeof stored.scheme === 'string' && { scheme: stored.scheme.slice(0, 40) }),
    }
  } catch {
    // Storage is refused in some frames and private windows.
    return {}
  }
}

function switchesOf(stored: unknown): Partial<Record<Switch, boolean>> {
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    SWITCHES.filter((name) => name in stored).map((name) => [name, Reflect.get(stored, name) === true]),
  )
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
