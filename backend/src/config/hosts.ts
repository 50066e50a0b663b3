/** Hosts and what they mean: loopback, wildcard, and how they are written in a URL. Pure. */
import { BlockList, isIP, isIPv6 } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only this machine can reach a listener there: 127.0.0.0/8, `::1`, `localhost`. Brackets are fine. */
export function isLoopbackHost(host: string): boolean {
  const bare = withoutBrackets(host).toLowerCase()
  if (bare === 'localhost') return true
  const version = isIP(bare)
  return version !== 0 && LOOPBACK.check(bare, version === 6 ? 'ipv6' : 'ipv4')
}

/** Also the names under `.localhost`, which browsers resolve to this machine (RFC 6761 section 6.3). */
export function isLoopbackName(host: string): boolean {
  return isLoopbackHost(host) || host.toLowerCase().endsWith('.localhost')
}

/** Every address of the machine. */
export function isWildcardHost(host: string): boolean {
  return ['0.0.0.0', '::'].includes(withoutBrackets(host))
}

/** IPv6 addresses stand in brackets in a URL and in a Host header (RFC 3986 section 3.2.2). */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
