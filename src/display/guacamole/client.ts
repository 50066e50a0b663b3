import { Client, type Tunnel } from 'guacamole-common-js'
import { listeningUntil } from '../window-life.js'

/** A client that can be thrown away. */
export interface DisposableClient {
  readonly client: Client
  dispose(): void
}

export function openClient(tunnel: Tunnel): DisposableClient {
  const life = new AbortController()
  const client = listeningUntil(life.signal, () => new Client(tunnel))
  return { client, dispose: () => dispose(client, life) }
}

/** Frames under way are dropped, and the canvas with them. */
function dispose(client: Client, life: AbortController): void {
  life.abort()
  client.disconnect()
  client.getDisplay().cancel()
  client.getDisplay().getElement().remove()
}
