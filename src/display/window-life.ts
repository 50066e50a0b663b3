/**
 * Runs `create`, and ends with `signal` what it listened to on the window: Guacamole's display listens there and has no
 * way to stop. `create` is synchronous, so nobody else can listen meanwhile.
 */
export function listeningUntil<T>(signal: AbortSignal, create: () => T): T {
  const listen = window.addEventListener
  window.addEventListener = (type: string, listener: EventListenerOrEventListenerObject, capture?: unknown) =>
    listen.call(window, type, listener, { capture: capture === true, signal })
  try {
    return create()
  } finally {
    window.addEventListener = listen
  }
}
