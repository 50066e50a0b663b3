import type { DisplayRegistry } from '../display/display.js'
import { type PageSignals, pageSignals } from '../session/activity.js'
import { LabSession, type SessionDeps, type SessionSettings } from '../session/session.js'
import type { Timers } from '../session/timers.js'
import { type OpenWindow, openBrowserWindow } from './lab-window.js'
import type { PreferenceStorage } from './preferences.js'
import { type OpenPopUp, openBrowserPopUp } from './sign-in-window.js'

/** What an element works with. A subclass may bring its own, as the tests and stories do. */
export interface Collaborators {
  readonly timers: Timers
  readonly fetch: typeof fetch
  readonly displays: DisplayRegistry
  readonly storage: PreferenceStorage
  readonly openWindow: OpenWindow
  readonly openPopUp: OpenPopUp
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
    openPopUp: openBrowserPopUp,
    page: () => pageSignals(window),
    openSession: (settings, deps) => new LabSession(settings, deps),
  }
}
