import { Client, type Tunnel } from 'guacamole-common-js'

/** A client that can be thrown away: its display listens to the window and has no way to stop, so this gives it one. */
export interface DisposableClient {
  readonly client: Client
  dispose(): void
}

export function openClient(tunnel: Tunnel): DisposableClient {
  const life = new AbortController()
  const listen = window.addEventListener
  // Only for the constructor, which is synchronous; nobody else can listen meanwhile.
  window.addEventListener = (type: string, listener: EventListenerOrEventListenerObject, capture?: unknown) =>
    listen.call(window, type, listener, { capture: capture === true, signal: life.signal })
  try {
    const client = new Client(tunnel)
    return { client, dispose: () => dispose(client, life) }
  } finally {
    window.addEventListener = listen
  }
}

/** Frames under way are dropped, and the canvas with them. */
function dispose(client: Client, life: AbortController): void {
  life.abort()
  client.disconnect()
  client.getDisplay().cancel()
  client.getDisplay().getElement().remove()
}
