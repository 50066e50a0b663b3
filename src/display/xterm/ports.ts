/** What the display takes from the browser, so that tests own the network, the time and the platform. */
import { hasGpu } from './gpu.js'
import { type Platform, platformOf } from './keys.js'
import type { LinkPorts } from './link.js'
import type { OpenPage } from './links.js'
import type { PainterPorts } from './painter.js'

export interface XtermPorts extends LinkPorts, PainterPorts {
  readonly platform: Platform
  readonly openPage: OpenPage
}

export function browserPorts(): XtermPorts {
  return {
    openSocket: (url, subprotocols) => new WebSocket(url, subprotocols),
    now: () => performance.now(),
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    hasGpu,
    platform: platformOf(navigator),
    openPage: (url) => window.open(url, '_blank', 'noopener,noreferrer'),
  }
}
