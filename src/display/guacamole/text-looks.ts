/** The looks of a terminal that guacd draws: those that the xterm display has, told to guacd while it is connected. */
import type { Client, Status } from 'guacamole-common-js'
import type { Colours } from '../schemes.js'
import { sendBytes } from './clipboard.js'
import { textSize } from './sizes.js'

/** X11 colours by name, which is guacd's own notation. Pure. */
export function guacdScheme([foreground, background, , , ansi]: Colours): string {
  const rgb = (colour: string): string => `rgb:${colour.match(/../g)?.join('/') ?? ''}`
  const colours = ansi.split(' ').map((colour, at) => `color${at}: ${rgb(colour)}`)
  return [`foreground: ${rgb(foreground)}`, `background: ${rgb(background)}`, ...colours].join(';')
}

export class TextLooks {
  /** The scheme that the connection was told of last. */
  #told: { readonly client: Client; readonly theme: string } | undefined
  /** The text size that the connection was told of last, in its pixels. */
  #sized: { readonly client: Client; readonly pixels: number } | undefined
  /** It has a size of its own, by its configuration. */
  #refusedBy: Client | undefined

  /** @param zoomBy gets what is left of the size; undefined where the lab does not take it. Comes at once, and perhaps again. */
  size(client: Client, fontSize: number, zoomBy: (zoom: number | undefined) => void): void {
    if (this.#refusedBy === client) return
    const { pixels, zoom } = textSize(fontSize, devicePixelRatio)
    zoomBy(zoom)
    if (this.#sized?.client === client && this.#sized.pixels === pixels) return
    this.#sized = { client, pixels }
    const stream = client.createArgumentValueStream('text/plain', 'font-size')
    stream.onack = (status: Status) => {
      stream.onack = null
      if (!status.isError()) sendBytes(stream, new TextEncoder().encode(String(pixels)))
      else if (this.#sized?.client === client) {
        this.#refusedBy = client
        zoomBy(undefined)
      }
    }
  }

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
