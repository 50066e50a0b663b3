/** Keystone and Heat behind one address at which a part of the calls fail, get lost or hang. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface FaultProxyOptions {
  /** Addresses with no path. */
  readonly keystone: string
  readonly heat: string
}

export interface Heard {
  readonly at: number
  readonly method: string
  readonly path: string
}

export class FaultProxy {
  readonly #options: FaultProxyOptions
  readonly #server = createServer((asked, answer) => void this.#serve(asked, answer))
  /** The part of calls that fail: refused, or done and the answer lost, or hanging, done or not. */
  faulty = 0
  /** Every call is refused. */
  down = false
  calls = 0
  failed = 0
  /** What reached Keystone or Heat. */
  readonly heard: Heard[] = []

  private constructor(options: FaultProxyOptions) {
    this.#options = options
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `http://127.0.0.1:${address.port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(asked)
    this.calls += 1
    const fault = this.down ? 0 : Math.random() < this.faulty ? Math.random() : 1
    if (fault < 1) this.failed += 1
    if (fault < 0.35) return void answer.writeHead(503, { 'content-type': 'text/html' }).end('<html>503</html>')
    // Hangs: nobody heard it, and nobody answers.
    if (fault < 0.5) return
    const said = await this.#pass(asked, body)
    // Done, and nobody is told.
    if (fault < 0.75) return void destroyed(asked.socket)
    if (fault < 1) return
    if (said === undefined) return void destroyed(asked.socket)
    answer.writeHead(said.status, said.headers).end(said.body)
  }

  async #pass(asked: IncomingMessage, body: Buffer) {
    const { method = 'GET', url: path = '/' } = asked
    this.heard.push({ at: Date.now(), method, path })
    const { keystone, heat } = this.#options
    const target = new URL(path, path.startsWith('/v3') ? keystone : heat)
    const sent = request(target, { method, headers: { ...asked.headers, host: target.host }, agent: false })
    try {
      sent.end(body)
      const [said]: IncomingMessage[] = await once(sent, 'response')
      if (said === undefined) return undefined
      // The catalogue must lead here too.
      const text = (await bodyOf(said)).toString('utf8').replaceAll(heat, this.url)
      const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = said.headers
      return { status: said.statusCode ?? 502, headers, body: text }
    } catch {
      return undefined
    }
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function destroyed(socket: Socket): void {
  socket.destroy()
}
