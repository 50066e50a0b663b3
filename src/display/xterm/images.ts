/** Images in the output (sixel, iTerm's inline images); fetched where the author allows them. */
import { ImageAddon } from '@xterm/addon-image'
import type { Terminal } from '@xterm/xterm'

const MB = 1024 * 1024
/** What a hostile program may cost: pixels of one image, megabytes of all of them, bytes of one sequence. */
const LIMITS = { pixelLimit: 4 * MB, storageLimit: 32, sixelSizeLimit: 8 * MB, iipSizeLimit: 8 * MB }

/** The server answers what a program asks of its terminal; an addon that answers as well would be typed into the shell. */
export function showImages(terminal: Terminal): void {
  terminal.loadAddon(new ImageAddon({ ...LIMITS, enableSizeReports: false }))
  terminal.parser.registerCsiHandler({ final: 'c' }, () => true)
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'S' }, () => true)
}
