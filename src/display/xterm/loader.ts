import type { DisplayLoader } from '../display.js'

/** xterm.js is fetched when a text terminal is first shown. */
export const xtermLoader: DisplayLoader = {
  kind: 'xterm',
  load: async () => (await import('./display.js')).loadXtermDisplay(),
}
