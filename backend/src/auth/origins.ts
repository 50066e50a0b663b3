/** Which pages may call (exact origins), and under which names this service answers (the Host header). Pure. */
import type { Config } from '../config/config.js'
import { hostInUrl, isLoopbackHost, isWildcardHost } from '../config/hosts.js'

export type OriginRules = Pick<Config, 'origins' | 'listen' | 'demo'>
export type HostRules = Pick<Config, 'listen' | 'publicUrl'>

/** The names of this machine that a browser on it may use. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * The origins of pages that may use the service (RFC 6454, as browsers write them). The demo course is served by this
 * service itself on loopback, so its own addresses are among them; without it only the configured ones.
 */
export function allowedOrigins(config: OriginRules): readonly string[] {
  if (config.demo === undefined || !isLoopbackHost(config.listen.host)) return config.origins
  const own = LOOPBACK_NAMES.map((name) => new URL(`http://${name}:${config.listen.port}`).origin)
  return [...new Set([...config.origins, ...own])]
}

/**
 * Exact: no wildcard, no suffix, no folding of case, never the opaque origin `null` (which a sandboxed or `data:` page
 * of anybody has), never a missing one.
 */
export function isAllowedOrigin(origin: string | undefined, config: OriginRules): boolean {
  return origin !== undefined && origin !== 'null' && allowedOrigins(config).includes(origin)
}

/**
 * Whether a request's Host header names this service. A page that had its own name resolved to our address (DNS
 * rebinding) still sends its own name here. A missing or doubled header is refused. On HTTP/1.1 (RFC 9112 section 3.2).
 */
export function isAllowedHost(header: string | undefined, config: HostRules): boolean {
  return header !== undefined && allowedHosts(config).has(header.toLowerCase())
}

/** Lower case, with the port, and without it where it is the scheme's own. */
function allowedHosts({ listen, publicUrl }: HostRules): ReadonlySet<string> {
  const hosts = new Set<string>()
  const add = (host: string, port: number, standardPort: number): void => {
    hosts.add(`${host}:${port}`)
    if (port === standardPort) hosts.add(host)
  }
  const url = new URL(publicUrl)
  const standard = url.protocol === 'https:' ? 443 : 80
  add(url.hostname.toLowerCase(), url.port === '' ? standard : Number(url.port), standard)
  // `0.0.0.0` and `::` are where to listen, not names to be called by.
  if (!isWildcardHost(listen.host)) add(hostInUrl(listen.host).toLowerCase(), listen.port, 80)
  if (isLoopbackHost(listen.host)) for (const name of LOOPBACK_NAMES) add(name, listen.port, 80)
  return hosts
}
