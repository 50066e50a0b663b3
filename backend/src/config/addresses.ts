/** Addresses as they are written in the configuration. Pure: undefined where the text is none. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { hostInUrl, isLoopbackName } from './hosts.js'

export interface Listen {
  readonly host: string
  readonly port: number
}

export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d+)$/.exec(text)
  const port = parsePort(match?.[3] ?? '')
  if (match === null || port === undefined) return undefined
  const [, six, other] = match
  if (six !== undefined) return isIPv6(six) ? { host: six, port } : undefined
  if (other === undefined || !(isIPv4(other) || isHostName(other))) return undefined
  return { host: other, port }
}

/** A DNS name (RFC 1123). A last label of digits would be read as an IPv4 address by a browser (`127.1`). */
function isHostName(text: string): boolean {
  const labels = text.split('.')
  const sound = labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  return sound && text.length <= 253 && !/^(?:\d+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1) ?? '')
}

/** `10.0.0.7`, `10.0.0.0/8`, `::1`, `fd00::/8`. */
export function isAddressOrNetwork(text: string): boolean {
  const match = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text)
  const version = isIP(match?.[1] ?? '')
  const bits = Number(match?.[2] ?? 0)
  return version !== 0 && bits <= (version === 4 ? 32 : 128)
}

export function listenUrl(listen: Listen): string {
  return new URL(`http://${hostInUrl(listen.host)}:${listen.port}`).origin
}

/** An address pages and people use: http or https, a path perhaps, nothing after it. Without the slash at its end. */
export function parsePublicUrl(text: string): string | undefined {
  const url = parseHttpUrl(text)
  if (url === undefined || url.search !== '' || text.includes('?')) return undefined
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** An origin as browsers write it (RFC 6454): scheme, host and port, nothing else. */
export function parseOrigin(text: string): string | undefined {
  const url = parseHttpUrl(text)
  const bare = /^https?:\/\/[^/?#]+\/?$/i.test(text) && !/[*%]/.test(text)
  return url !== undefined && bare ? url.origin : undefined
}

/** Where keys may be fetched, or tokens be sent: https, or http on this machine. */
export function parseSecureUrl(text: string): string | undefined {
  const url = parseHttpUrl(text)
  if (url === undefined) return undefined
  return url.protocol === 'https:' || isLoopbackName(url.hostname) ? url.href : undefined
}

/** http or https, no credentials, no fragment. */
function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text) || /[\s\\#]/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.username === '' && url.password === '' ? url : undefined
}

/** Whether the address leads to this machine. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopbackName(new URL(url).hostname)
}

export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)
}
