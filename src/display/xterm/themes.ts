/** Colour schemes by their names. Text that a program colours badly is lifted to a contrast of 4.5 when it is drawn. */
import type { ITheme } from '@xterm/xterm'
import type { Colours } from '../schemes.js'

export interface Scheme {
  readonly foreground: string
  readonly background: string
  readonly cursor: string
  /** Opaque, or with alpha as the last two digits. */
  readonly selection: string
  /** Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones. */
  readonly ansi: readonly string[]
}

const ANSI_NAMES = [
  ...(['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const),
  ...(['brightBlack', 'brightRed', 'brightGreen', 'brightYellow'] as const),
  ...(['brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const),
] satisfies (keyof ITheme)[]

export const scheme = ([foreground, background, cursor, selection, ansi]: Colours): Scheme => ({
  foreground: `#${foreground}`,
  background: `#${background}`,
  cursor: `#${cursor}`,
  selection: `#${selection}`,
  ansi: ansi.split(' ').map((colour) => `#${colour}`),
})

export const OWN_SCHEMES = {
  dark: scheme([
    'e6e6e6',
    '14171c',
    'f2f2f2',
    '3d6fb499',
    '2b303b e5646e 7fc77a e2b65b 6ca8f0 c792dd 5cc2c7 d5d9e0 7a8494 ff8b94 a4e09c f5d283 96c3ff dfb1f0 8be0e3 ffffff',
  ]),
  light: scheme([
    '24292f',
    'ffffff',
    '24292f',
    '8cb8f099',
    '24292f b3261e 1a7f37 7d5800 0a58ca 8227a8 0b6b75 6a737d 57606a cf222e 2da44e 9a6700 218bff a475f9 1b7c83 8c959f',
  ]),
} as const satisfies Record<string, Scheme>

const known = new Map<string, Scheme>(Object.entries(OWN_SCHEMES))
let fetched = false

/** How long (ms) colours may keep the terminal from opening; they are painted when they come. */
const SCHEME_LIMIT_MS = 1_500

/** The same, but does not wait longer than a person should for a terminal. */
export function schemeSoon(
  name: string,
  timers: { setTimeout(callback: () => void, ms: number): number },
): Promise<void> | undefined {
  const missing = missingScheme(name)
  return missing && Promise.race([missing, new Promise<void>((resolve) => timers.setTimeout(resolve, SCHEME_LIMIT_MS))])
}

/** Fetches a scheme that does not come with the terminal; undefined where nothing is to be waited for. Never rejects. */
export function missingScheme(name: string): Promise<void> | undefined {
  if (fetched || known.has(name)) return undefined
  return import('../schemes.js').then(
    ({ SCHEMES }) => {
      for (const [each, colours] of Object.entries(SCHEMES)) known.set(each, scheme(colours))
      fetched = true
    },
    // Not fetched: dark.
    () => undefined,
  )
}

/** An unknown name is dark: the terminal is shown, whatever a page asked for. */
export function themeOf(name: string): ITheme {
  const { foreground, background, cursor, selection, ansi } = known.get(name) ?? OWN_SCHEMES.dark
  const theme: ITheme = { foreground, background, cursor, cursorAccent: background, selectionBackground: selection }
  for (const [index, key] of ANSI_NAMES.entries()) {
    const colour = ansi[index]
    if (colour !== undefined) theme[key] = colour
  }
  return theme
}
