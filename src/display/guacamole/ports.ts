/** What the display takes from the browser, so that tests own the network, the time and the platform. */
import { browserLinkPorts, type LinkPorts } from '../link-ports.js'
import { type Platform, platformOf } from '../platform.js'

export interface GuacamolePorts extends LinkPorts {
  readonly platform: Platform
}

export function browserPorts(): GuacamolePorts {
  return { ...browserLinkPorts(), platform: platformOf(navigator) }
}
