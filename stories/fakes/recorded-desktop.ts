import type { LinkSocket } from '../../src/display/link-ports.js'

const RECORDING = new URL('./desktop.guac', import.meta.url)

/** A gateway that plays the first seconds of a desktop, and takes what is done there for nothing. */
export class RecordedDesktop extends EventTarget implements LinkSocket {
  binaryType: BinaryType = 'blob'
  readonly protocol: string
  #open = true

  constructor(subprotocols: readonly string[]) {
    super()
    this.protocol = subprotocols[0] ?? ''
    void this.#play()
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    // A ping is answered as it was asked.
    if (typeof data === 'string' && data.startsWith('0.,4.ping,')) queueMicrotask(() => this.#say(data))
  }

  close(): void {
    this.#open = false
  }

  async #play(): Promise<void> {
    const recording = await (await fetch(RECORDING)).text()
    this.dispatchEvent(new Event('open'))
    this.#say('0.,8.recorded;')
    this.#say(recording)
  }

  #say(data: string): void {
    if (this.#open) this.dispatchEvent(new MessageEvent('message', { data }))
  }
}
