/** The colours of a terminal that guacd draws: those that the xterm display has, told to guacd while it is connected. */
import type { Client } from 'guacamole-common-js'
import type { Colours } from '../schemes.js'
import { sendBytes } from './clipboard.js'

/** X11 colours by name, which is guacd's own notation. Pure. */
export function guacdScheme([foreground, background, , , ansi]: Colours): string {
  const rgb = (colour: string): string => `rgb:${colour.match(/../g)?.join('/') ?? ''}`
  const colours = ansi.split(' ').map((colour, at) => `color${at}: ${rgb(colour)}`)
  return [`foreground: ${rgb(foreground)}`, `background: ${rgb(background)}`, ...colours].join(';')
}

export class TextLooks {
  /** The scheme that the connection was told of last. */
  #told: { readonly client: Client; readonly theme: string } | undefined

  /** Where the colours cannot be fetched, guacd keeps those it has. */
  async show(client: Client, theme: string): Promise<void> {
    if (this.#told?.client === client && this.#told.theme === theme) return
    this.#told = { client, theme }
    const code = await import('../schemes.js').catch(() => undefined)
    // Another one was wanted meanwhile.
    if (!code || this.#told.client !== client || this.#told.theme !== theme) return
    const schemes: Readonly<Record<string, Colours>> = code.SCHEMES
    const colours = (Object.hasOwn(schemes, theme) && schemes[theme]) || code.SCHEMES.dark
    sendBytes(
      client.createArgumentValueStream('text/plain', 'color-scheme'),
      new TextEncoder().encode(guacdScheme(colours)),
    )
  }
}
