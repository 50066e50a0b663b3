/** The socket to a guacd, with TLS where the configuration says so. */
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { BLOCK_BYTES } from './blocks.js'
import { encode } from './instruction.js'
import type { GuacdAddress } from './ports.js'

/** No connection has this id: guacd says so, or hangs up, at once. */
const NO_CONNECTION = encode('select', '$00000000-0000-0000-0000-000000000000')

/** Where every socket reads to: what is heard is heard before the next one reads. */
const READ = Buffer.allocUnsafeSlow(BLOCK_BYTES)

export interface LineListener {
  /** Something may be said. */
  opened?(): void
  /** The bytes are the listener's for the length of the call. */
  heard(bytes: Buffer): void
  /** What was said has been taken. */
  drained?(): void
  /** Once. `broken`: by an error, of this code. */
  closed(broken?: string): void
}

/**
 * A socket to guacd that allocates nothing to read. Its listener changes and its socket's do not: an object that lost a
 * listener takes half a kilobyte more.
 */
export class Line {
  readonly socket: Socket
  #listener: LineListener

  constructor(address: GuacdAddress, listener: LineListener) {
    this.#listener = listener
    const callback = (length: number): boolean => {
      this.#listener.heard(READ.subarray(0, length))
      return true
    }
    const socket = openSocket(address, { buffer: READ, callback })
    this.socket = socket
    socket.on(address.tls ? 'secureConnect' : 'connect', () => this.#listener.opened?.())
    socket.on('drain', () => this.#listener.drained?.())
    let broken: string | undefined
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      broken = code ?? 'error'
    })
    socket.on('close', () => this.#listener.closed(broken))
  }

  listen(listener: LineListener): void {
    this.#listener = listener
  }
}

function openSocket({ host, port, tls }: GuacdAddress, onread: OnReadOpts): Socket {
  if (!tls) return connect({ host, port, onread })
  // The types do not know that TLS sockets read so too.
  const options: ConnectionOptions & { onread: OnReadOpts } = { host, port, onread }
  // A name for an address is none (RFC 6066): then the certificate must name the address.
  if (isIP(host) === 0) options.servername = host
  if (tls.ca !== undefined) options.ca = tls.ca
  return connectTls(options)
}

/** A guacd that loads a protocol is slow to answer the one who asked for it, and quick to answer everybody else. */
export function isAlive(address: GuacdAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (alive: boolean): void => {
      resolve(alive)
      line.socket.destroy()
    }
    const line = new Line(address, {
      opened: () => line.socket.write(NO_CONNECTION),
      heard: () => settle(true),
      closed: (broken) => settle(broken === undefined),
    })
    line.socket.setTimeout(10_000, () => settle(false))
  })
}
