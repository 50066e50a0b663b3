/** What a page tells about its person: seen, focused, reachable, active. */
export type PageSignal =
  | 'visible'
  | 'hidden'
  /** The window gained focus. */
  | 'focus'
  | 'blur'
  | 'online'
  | 'offline'
  /** A key, a click, a touch or a scroll anywhere in the page. */
  | 'input'
  /** The page is leaving, perhaps into the back/forward cache. */
  | 'leave'
  /** The page is back from the back/forward cache. */
  | 'return'

export interface PageSignals {
  readonly visible: boolean
  readonly focused: boolean
  readonly online: boolean
  /** Calls back at each signal until the returned function is called. */
  subscribe(listener: (signal: PageSignal) => void): () => void
}
