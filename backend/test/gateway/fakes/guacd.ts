/** A guacd that does what the test says: handshake and joins as the real one, the picture as scripted. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { encode, type Instruction, InstructionReader } from '../../../src/gateway/guacd/instruction.js'

const ARGS = ['VERSION_1_3_0', 'hostname', 'port', 'username', 'password', 'private-key', 'read-only', 'enable-sftp']
/** As many as one user has; to any other guacd answers that it is none. */
const STREAMS = 64

/** One user of a connection. */
export class FakeUser {
  readonly select: string
  readonly connection: string
  readonly heard: Instruction[] = []
  readonly socket: Socket
  /** The values of `connect`, by name. */
  parameters: Record<string, string> = {}
  /** What was said before `connect`. */
  greeting: Instruction[] = []
  on = false
  /** How often the gateway wanted a sign of life. */
  asked = 0

  constructor(socket: Socket, select: string, connection: string) {
    this.socket = socket
    this.select = select
    this.connection = connection
  }

  get joined(): boolean {
    return this.select.startsWith('$')
  }

  say(...instruction: Instruction): void {
    this.socket.write(encode(...instruction))
  }

  heardOf(opcode: string): Instruction[] {
    return this.heard.filter(([one]) => one === opcode)
  }
}

export interface FakeGuacdOptions {
  readonly args?: readonly string[]
  /** Takes connections and says nothing. */
  hangs?: boolean
  /** What a new user is told after `ready`; default: a first picture. */
  greets?: (user: FakeUser) => void
}

export class FakeGuacd {
  readonly users: FakeUser[] = []
  readonly options: FakeGuacdOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #connections = new Map<string, Set<FakeUser>>()
  #count = 0

  private constructor(options: FakeGuacdOptions) {
    this.options = options
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(options: FakeGuacdOptions = {}, port = 0): Promise<FakeGuacd> {
    const guacd = new FakeGuacd(options)
    guacd.#server.listen(port, '127.0.0.1')
    await once(guacd.#server, 'listening')
    return guacd
  }

  get address(): { host: string; port: number } {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return { host: '127.0.0.1', port: address.port }
  }

  /** Connections with somebody on them. */
  get connections(): string[] {
    return [...this.#connections.keys()]
  }

  /** Users that are on now. */
  get present(): FakeUser[] {
    return this.users.filter(({ on }) => on)
  }

  /** Every socket breaks, as when the process is killed. */
  kill(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.kill()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (this.options.hangs) return
    const reader = new InstructionReader(100_000)
    let user: FakeUser | undefined
    socket.on('data', (bytes: Buffer) => {
      for (const instruction of reader.read(bytes)) {
        if (!user) user = this.#select(socket, instruction)
        else this.#hear(user, instruction)
      }
    })
    socket.on('close', () => user && this.#leave(user))
  }

  #select(socket: Socket, [, select = '']: Instruction): FakeUser | undefined {
    const known = this.#connections.has(select)
    if (select.startsWith('$') && !known) {
      socket.destroy()
      return undefined
    }
    const user = new FakeUser(socket, select, known ? select : `$fake-${++this.#count}`)
    this.users.push(user)
    user.say('args', ...(this.options.args ?? ARGS))
    return user
  }

  #hear(user: FakeUser, instruction: Instruction): void {
    const [opcode, ...values] = instruction
    if (user.on) {
      if (opcode === 'end' && Number(values[0]) >= STREAMS) {
        user.asked++
        user.say('ack', values[0] ?? '', 'Invalid stream index', '768')
        return
      }
      user.heard.push(instruction)
      if (opcode === 'disconnect') this.#leave(user)
      return
    }
    user.greeting.push(instruction)
    if (opcode !== 'connect') return
    const args = this.options.args ?? ARGS
    if (values.length !== args.length) throw new Error(`connect with ${values.length} values for ${args.length}`)
    user.parameters = Object.fromEntries(args.map((name, at) => [name, values[at] ?? '']))
    user.on = true
    const users = this.#connections.get(user.connection) ?? new Set()
    this.#connections.set(user.connection, users.add(user))
    user.say('ready', user.connection)
    if (this.options.greets) this.options.greets(user)
    else {
      user.say('size', '0', '1024', '768')
      user.say('sync', '1000')
    }
  }

  #leave(user: FakeUser): void {
    user.on = false
    const users = this.#connections.get(user.connection)
    users?.delete(user)
    if (users?.size === 0) this.#connections.delete(user.connection)
    user.socket.destroy()
  }
}
