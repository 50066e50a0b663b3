/** What the display takes from the browser, so that tests own the network, the time and the platform. */
import { browserLinkPorts, type LinkPorts } from '../link-ports.js'
import { type Platform, platformOf } from '../platform.js'
import type { OpenPage } from './links.js'
import type { PainterPorts } from './painter.js'

export interface XtermPorts extends LinkPorts, PainterPorts {
  readonly platform: Platform
  readonly openPage: OpenPage
}

export function browserPorts(): XtermPorts {
  return {
    ...browserLinkPorts(),
    platform: platformOf(navigator),
    openPage: (url) => window.open(url, '_blank', 'noopener,noreferrer'),
  }
}
