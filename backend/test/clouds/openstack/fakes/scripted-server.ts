/** An HTTP server on loopback that says what a test tells it to, and remembers what it was asked. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export interface Asked {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** `raw`: the body as it is; else `json`. `break`: the connection is cut instead. `silent`: nothing is ever said. */
export interface Said {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly raw?: string
  readonly how?: 'break' | 'silent'
}

export type Script = (asked: Asked, index: number) => Said

export class ScriptedServer {
  readonly asked: Asked[] = []
  readonly #server: Server
  /** How the requests are answered; may be changed at any time. */
  script: Script

  private constructor(server: Server, script: Script) {
    this.#server = server
    this.script = script
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response)
    })
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptedServer(server, script)
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  /** Requests whose method and path begin like this. */
  count(beginning: string): number {
    return this.asked.filter(({ line }) => line.startsWith(beginning)).length
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const asked = {
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    const said = this.script(asked, this.asked.push(asked) - 1)
    if (said.how === 'break') request.socket.destroy()
    if (said.how !== undefined) return
    response.writeHead(said.status ?? 200, said.headers)
    response.end(said.raw ?? (said.json === undefined ? '' : JSON.stringify(said.json)))
  }
}
