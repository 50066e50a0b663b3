import type { LoadPlayer } from '../player.js'

/** The player is fetched with the first recording that is shown. */
export const loadPlayer: LoadPlayer = async () => (await import('./player.js')).openPlayer
