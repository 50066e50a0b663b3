import type { WantedScreen } from './sizes.js'
import { SOUNDS } from './sound.js'

const DEFAULT_SCREEN: WantedScreen = { width: 1024, height: 768, dpi: 96 }
const IMAGES = ['image/png', 'image/jpeg', 'image/webp']

/** The query that tells guacd of this page: its size, time zone, image and sound formats. */
export function connectData(wanted: WantedScreen | undefined): string {
  const { width, height, dpi } = wanted ?? DEFAULT_SCREEN
  const query = new URLSearchParams({ width: `${width}`, height: `${height}`, dpi: `${dpi}` })
  query.set('timezone', Intl.DateTimeFormat().resolvedOptions().timeZone)
  for (const type of IMAGES) query.append('image', type)
  if ('AudioContext' in window) for (const type of SOUNDS) query.append('audio', type)
  return query.toString()
}
