import type { DisplayLoader } from '../display.js'

/** Guacamole's client is fetched when a desktop, or a terminal that guacd draws, is first shown. */
export const guacamoleLoader: DisplayLoader = {
  kind: 'guacamole',
  load: async () => (await import('./display.js')).createGuacamoleDisplay,
}
