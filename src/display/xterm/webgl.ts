/** The part of painting by WebGL that is fetched when it is first needed. */
import { WebglAddon } from '@xterm/addon-webgl'
import type { Terminal } from '@xterm/xterm'

/**
 * Returns what takes it back: the terminal is DOM again and the context is free. Undefined where the browser gives no
 * context. `lost` is told when the browser takes it away.
 */
export function paintByGpu(terminal: Terminal, host: HTMLElement, lost: () => void): (() => void) | undefined {
  const addon = new WebglAddon()
  try {
    terminal.loadAddon(addon)
  } catch {
    addon.dispose()
    return undefined
  }
  const canvases = [...host.querySelectorAll('canvas')]
  addon.onContextLoss(lost)
  return () => {
    addon.dispose()
    for (const canvas of canvases) canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  }
}
