/** The lab's screen follows this page: its size and, where the lab draws text, its looks. */
import type { Client } from 'guacamole-common-js'
import type { PulsePorts } from '../pulse.js'
import type { Screen } from './screen.js'
import { TextLooks } from './text-looks.js'

/** A window that is being pulled larger asks the lab once it rests (ms). */
const RESIZE_MS = 200

export interface FollowingOptions {
  readonly screen: Screen
  readonly ports: PulsePorts
  /** What the lab does: only terminals have looks that are the page's. */
  readonly protocol: string | undefined
  /** Of a link that takes what a person does. */
  readonly client: () => Client | undefined
}

export class Following {
  readonly #options: FollowingOptions
  readonly #textLooks = new TextLooks()
  #timer: number | undefined

  constructor(options: FollowingOptions) {
    this.#options = options
  }

  /** A desktop has looks of its own. */
  dress(): void {
    const { protocol, screen } = this.#options
    const client = this.#options.client()
    const text = protocol === 'ssh' || protocol === 'telnet' || protocol === 'kubernetes'
    if (!client || !text) return
    const { theme, fontSize } = screen.appearance
    void this.#textLooks.show(client, theme)
    this.#textLooks.size(client, fontSize, (zoom) => {
      screen.zoomBy(zoom)
      this.resizeSoon()
    })
  }

  resizeSoon(): void {
    this.stop()
    if (this.#options.client()) this.#timer = this.#options.ports.setTimeout(() => this.resize(), RESIZE_MS)
  }

  /** Asks the lab for the size of this page, which is the one that is used. */
  resize(): void {
    // The density may be another one, and with it the lab's text.
    this.dress()
    this.stop()
    const { wanted, shown } = this.#options.screen
    if (!wanted || (wanted.width === shown?.width && wanted.height === shown.height)) return
    this.#options.client()?.sendSize(wanted.width, wanted.height)
  }

  /** Asks for nothing that it has not asked for yet. */
  stop(): void {
    if (this.#timer !== undefined) this.#options.ports.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
