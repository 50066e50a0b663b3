import { randomBytes } from 'node:crypto'
import { OpenedxWindow } from '../../src/auth/openedx/window.js'
import { MemoryLtiStore } from './lti-store.js'

/** Sign-in windows in memory. */
export function windowsFor(
  now: () => Date,
  publicUrl = 'http://127.0.0.1:8080',
  store = new MemoryLtiStore(now),
): OpenedxWindow {
  return new OpenedxWindow({ publicUrl, store, fetch, now, random: randomBytes })
}
