/** A TCP proxy to a port of this machine, in the way of its bytes: late, in small pieces, cut and mended. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Random } from '../gateway/fixtures/random.js'

/** Hands on what came, and the end. */
export interface Manner {
  bytes(bytes: Buffer, to: Socket): void
  after(end: () => void): void
}

/** Every byte arrives half a round trip later, as many at once as there are. @param rtt Milliseconds there and back. */
export function late(rtt: number): Manner {
  return {
    bytes: (bytes, to) => setTimeout(() => to.write(bytes), rtt / 2),
    after: (end) => setTimeout(end, rtt / 2),
  }
}

/** In writes of 1 to 7 bytes, so that no reader can count on frame boundaries. */
export function inPieces(seed: number): Manner {
  const random = new Random(seed)
  return {
    bytes: (bytes, to) => {
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(at + 1 + random.below(7), bytes.length)
        to.write(bytes.subarray(at, end))
        at = end
      }
    },
    after: (end) => end(),
  }
}

export class TcpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(port: number, manner: Manner = late(0)): Promise<TcpProxy> {
    const server = createServer()
    const proxy = new TcpProxy(server)
    server.on('connection', (near) => proxy.#serve(near, port, manner))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return address.port
  }

  /** What is there breaks, and whoever comes is sent away, until it is mended. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(near: Socket, port: number, { bytes, after }: Manner): void {
    if (this.#isCut) {
      near.on('error', () => undefined).resetAndDestroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (piece: Buffer) => bytes(piece, to))
      from.on('end', () => after(() => to.end()))
      from.on('close', () => {
        this.#sockets.delete(from)
        after(() => to.destroy())
      })
      from.on('error', () => to.destroy())
    }
  }
}
