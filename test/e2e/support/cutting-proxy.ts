import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A bad network: passes bytes on, and cuts each tunnel after so many of them, without a word to either side. */
export class CuttingProxy {
  readonly port: number
  cuts = 0
  /** Tunnels that were asked for. */
  tunnels = 0
  /** Bytes from the server that a tunnel lives for; undefined = for ever. */
  cutAfter: (() => number) | undefined
  /** What befalls one connection, once: after so many bytes from the page or to it. `stall`: nothing comes any more. */
  once: { readonly way: 'up' | 'down'; readonly bytes: number; readonly fault: 'cut' | 'stall' } | undefined
  target = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async start(): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (!address || typeof address !== 'object') throw new Error('no port')
    const proxy = new CuttingProxy(server, address.port)
    server.on('connection', (socket) => proxy.#pass(socket))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Cuts every connection of now. */
  cutNow(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(near: Socket): void {
    const far = connect(this.target, '127.0.0.1')
    let left = Number.POSITIVE_INFINITY
    near.once('data', (head) => {
      if (!head.toString('latin1').toLowerCase().includes('upgrade: websocket')) return
      this.tunnels += 1
      left = this.cutAfter?.() ?? left
    })
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    far.on('data', (bytes: Buffer) => {
      left -= bytes.length
      if (left > 0) return
      this.cuts += 1
      far.removeAllListeners('data')
      end()
    })
    near.pipe(far)
    far.pipe(near)
    this.#watch('up', near)
    this.#watch('down', far)
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket
        .setNoDelay(true)
        .on('error', end)
        .on('close', () => {
          this.#sockets.delete(socket)
          end()
        })
    }
  }

  #watch(way: 'up' | 'down', from: Socket): void {
    let passed = 0
    from.on('data', (bytes: Buffer) => {
      passed += bytes.length
      const { once } = this
      if (once?.way !== way || passed < once.bytes) return
      this.once = undefined
      if (once.fault === 'cut') this.cutNow()
      else from.unpipe().pause()
    })
  }
}
