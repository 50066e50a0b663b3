/** From the element's looks to xterm's options. */
import type { ITerminalOptions, Terminal } from '@xterm/xterm'
import type { Appearance } from '../display.js'
import { themeOf } from './themes.js'

const FALLBACK_FONT = 'monospace'

/** The person's own colours come first: forced colours get a scheme of the same side with the most contrast. */
export interface ColourMedia {
  readonly forced: boolean
  readonly dark: boolean
}

export function fontOf({ fontSize, fontFamily }: Appearance): string {
  return `${fontSize}px ${fontFamily || FALLBACK_FONT}`
}

export function terminalOptions(appearance: Appearance, media: ColourMedia): ITerminalOptions {
  return {
    fontSize: appearance.fontSize,
    fontFamily: appearance.fontFamily || FALLBACK_FONT,
    theme: themeOf(schemeName(appearance, media)),
    screenReaderMode: appearance.screenReader,
  }
}

export function schemeName({ theme }: Appearance, { forced, dark }: ColourMedia): string {
  if (!forced) return theme
  return dark ? 'high-contrast' : 'high-contrast-light'
}

/** Shows the looks. `host` gets the background, so that no other colour shows beside the last cell. */
export function applyAppearance(terminal: Terminal, host: HTMLElement, appearance: Appearance, media: ColourMedia) {
  const options = terminalOptions(appearance, media)
  terminal.options = options
  host.style.backgroundColor = options.theme?.background ?? ''
  terminal.textarea?.setAttribute('aria-label', appearance.label)
}
