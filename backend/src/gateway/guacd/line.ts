/** The socket to a guacd, with TLS where the configuration says so. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encode } from './instruction.js'
import type { GuacdAddress } from './ports.js'

/** No connection has this id: guacd says so, or hangs up, at once. */
const NO_CONNECTION = encode('select', '$00000000-0000-0000-0000-000000000000')

/** `opened` is called when something may be said. */
export function openLine({ host, port, tls }: GuacdAddress, opened: () => void): Socket {
  if (!tls) return connect({ host, port }).once('connect', opened)
  // A name for an address is none (RFC 6066): then the certificate must name the address.
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
  })
  return socket.once('secureConnect', opened)
}

/** A guacd that loads a protocol is slow to answer the one who asked for it, and quick to answer everybody else. */
export function isAlive(address: GuacdAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openLine(address, () => socket.write(NO_CONNECTION))
    const settle = (alive: boolean): void => {
      resolve(alive)
      socket.destroy()
    }
    socket.once('data', () => settle(true))
    socket.once('end', () => settle(true))
    socket.once('error', () => settle(false))
    socket.setTimeout(10_000, () => settle(false))
  })
}
