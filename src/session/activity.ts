/** What a page tells about its person: seen, focused, reachable, active. */
import type { PageNews } from '../core/machine.js'

/**
 * `focus`: the window gained focus. `input`: a key, a click, a touch or the wheel anywhere in the page. `leave`: the
 * page goes, perhaps into the back/forward cache; `return`: it is back from there.
 */
export type PageSignal = PageNews

export interface PageSignals {
  readonly visible: boolean
  readonly focused: boolean
  readonly online: boolean
  /** Calls back at each signal until the returned function is called. */
  subscribe(listener: (signal: PageSignal) => void): () => void
}

/** Moving the mouse is left out: a table that shakes must not keep a lab running. */
const INPUT_EVENTS = ['keydown', 'pointerdown', 'touchmove', 'wheel'] as const

/** The signals of a real page. Listens only while somebody is subscribed. */
export function pageSignals(window: Window): PageSignals {
  const { document, navigator } = window
  const listeners = new Set<(signal: PageSignal) => void>()
  let stop: (() => void) | undefined
  const tell = (signal: PageSignal) => {
    for (const listener of [...listeners]) listener(signal)
  }
  return {
    get visible() {
      return document.visibilityState === 'visible'
    },
    get focused() {
      return document.hasFocus()
    },
    get online() {
      return navigator.onLine
    },
    subscribe(listener) {
      // Each subscription is its own, also of the same function twice.
      const own = (signal: PageSignal) => listener(signal)
      if (listeners.size === 0) stop = listen(window, tell)
      listeners.add(own)
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop?.()
      }
    },
  }
}

function listen(window: Window, tell: (signal: PageSignal) => void): () => void {
  const { document } = window
  const ended = new AbortController()
  // Capturing at the window sees what the page's own widgets, the terminal among them, keep for themselves.
  const early = { capture: true, passive: true, signal: ended.signal }
  const plain = { signal: ended.signal }
  for (const name of INPUT_EVENTS) window.addEventListener(name, (event) => event.isTrusted && tell('input'), early)
  for (const name of ['focus', 'blur', 'online', 'offline'] as const) {
    window.addEventListener(name, () => tell(name), plain)
  }
  document.addEventListener(
    'visibilitychange',
    () => tell(document.visibilityState === 'visible' ? 'visible' : 'hidden'),
    plain,
  )
  window.addEventListener('pagehide', () => tell('leave'), plain)
  window.addEventListener('pageshow', (event) => event.persisted && tell('return'), plain)
  return () => ended.abort()
}
