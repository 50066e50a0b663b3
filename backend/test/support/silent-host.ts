/** A way to a port of this machine whose packets can be dropped, in both directions and of whoever comes. Linux. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A process of its own, to be stopped: what is there stands still, and once its short queue is full nobody gets an answer. */
const RELAY = `
const { connect, createServer } = require('node:net')
const server = createServer((near) => {
  const far = connect(Number(process.argv[1]), '127.0.0.1')
  for (const [from, to] of [[near, far], [far, near]]) {
    from.setNoDelay(true).pipe(to)
    from.on('error', () => to.destroy()).on('close', () => to.destroy())
  }
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))
`

export class SilentHost {
  readonly port: number
  readonly #process: ChildProcess
  readonly #queue: Socket[] = []

  private constructor(process: ChildProcess, port: number) {
    this.#process = process
    this.port = port
  }

  static async start(port: number): Promise<SilentHost> {
    const child = spawn(process.execPath, ['-e', RELAY, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface(child.stdout), 'line')
    return new SilentHost(child, Number(line))
  }

  async silence(): Promise<void> {
    this.#process.kill('SIGSTOP')
    while (await this.#fills());
  }

  /** Resolves when it answers again. */
  async speak(): Promise<void> {
    this.#goOn()
    while (!(await this.#fills()));
    this.#goOn()
  }

  async close(): Promise<void> {
    this.#goOn()
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }

  #goOn(): void {
    for (const socket of this.#queue.splice(0)) socket.destroy()
    this.#process.kill('SIGCONT')
  }

  /** Whether its queue took one more. */
  #fills(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1').on('error', () => undefined)
    this.#queue.push(socket)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), 500)
      socket.once('connect', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
}
