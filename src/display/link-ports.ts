/** What a link takes from the browser, so that tests own the network and the time. */
import type { PulsePorts } from './pulse.js'

/** The part of a `WebSocket` that a link uses. */
export interface LinkSocket extends EventTarget {
  binaryType: BinaryType
  readonly protocol: string
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number): void
}

export interface LinkPorts extends PulsePorts {
  /** Throws where the address or the subprotocols are impossible. */
  openSocket(url: string, subprotocols: string[]): LinkSocket
}

export function browserLinkPorts(): LinkPorts {
  return {
    openSocket: (url, subprotocols) => new WebSocket(url, subprotocols),
    now: () => performance.now(),
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (id) => window.clearTimeout(id),
  }
}
