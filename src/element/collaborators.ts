import type { DisplayRegistry } from '../display/display.js'
import { type PageSignals, pageSignals } from '../session/activity.js'
import { LabSession, type SessionDeps, type SessionSettings } from '../session/session.js'
import type { Timers } from '../session/timers.js'
import { type OpenWindow, openBrowserWindow } from './lab-window.js'
import type { PreferenceStorage } from './preferences.js'

/** What an element works with. A subclass may bring its own, as the tests and stories do. */
export interface Collaborators {
  readonly timers: Timers
  readonly fetch: typeof fetch
  readonly displays: DisplayRegistry
  readonly storage: PreferenceStorage
  readonly openWindow: OpenWindow
  /** An empty window to sign in by; null where the browser forbids it. */
  readonly openPopUp: () => Window | null
  page(): PageSignals
  openSession(settings: SessionSettings, deps: SessionDeps): LabSession
}

export function browserCollaborators(displays: DisplayRegistry): Collaborators {
  return {
    timers: {
      now: () => Date.now(),
      setTimeout: (callback, ms) => window.setTimeout(callback, ms),
      clearTimeout: (id) => window.clearTimeout(id),
    },
    fetch: (input, init) => window.fetch(input, init),
    displays,
    storage: () => window.localStorage,
    openWindow: openBrowserWindow,
    openPopUp: () => window.open('', '', 'popup,width=560,height=720'),
    page: () => pageSignals(window),
    openSession: (settings, deps) => new LabSession(settings, deps),
  }
}
