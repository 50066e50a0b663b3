import { AudioContextFactory, type Client } from 'guacamole-common-js'

/** What can be played, as guacd is told. */
export const SOUNDS = ['audio/L8', 'audio/L16']

/** The lab's sound. A browser plays none before a person did something on the page. */
export class LabSound {
  #playing = false

  attach(client: Client): void {
    client.onaudio = () => {
      this.#playing = true
      // Guacamole's own player plays it.
      return null
    }
  }

  /** A person pressed a key or button. */
  used(): void {
    const context = this.#playing ? AudioContextFactory.getAudioContext() : undefined
    if (context?.state === 'suspended') void context.resume().catch(() => undefined)
  }
}
