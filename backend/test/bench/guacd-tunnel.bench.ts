/**
 * The tunnel to guacd beside guacamole-lite and beside a bare copy from TCP to WebSocket, on the same fake guacd and
 * recorded streams. guacd, servers and client are processes of their own; trust ratios, and CPU for a megabyte.
 * Run: npm run bench -- guacd          env: MEGABYTES IDLE STOPPED_MB SECONDS
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { WebSocket, WebSocketServer } from 'ws'
import { encode, InstructionReader } from '../../src/gateway/guacd/instruction.js'
import { DeskSetup, TARGET } from '../gateway/guacd/fixtures/setup.js'

const MEGABYTES = Number(process.env['MEGABYTES'] ?? 40)
const IDLE = Number(process.env['IDLE'] ?? 1_000)
const STOPPED_MB = Number(process.env['STOPPED_MB'] ?? 1_000)
const SECONDS = Number(process.env['SECONDS'] ?? 10)
const MB = 1_000_000
const LITE_KEY = 'an example of a key of 32 bytes!'

const ROLES = ['gateway', 'lite', 'bare'] as const
type Role = (typeof ROLES)[number]

const STREAMS: Readonly<Record<string, () => Buffer>> = {
  small: () => Buffer.from(Array.from({ length: 2_000 }, (_, at) => rectangle(at)).join('')),
  ssh: () => recorded('ssh'),
  vnc: () => recorded('vnc'),
}

function rectangle(at: number): string {
  return (
    encode('rect', '0', `${at % 900}`, `${at % 700}`, '8', '16') + encode('cfill', '14', '0', '40', '80', '120', '255')
  )
}

function recorded(name: string): Buffer {
  return readFileSync(new URL(`./recordings/${name}.guac`, import.meta.url))
}

/** What the fake guacd does for a user is said in the host name of its connection: `flood:vnc:40`, `paced:ssh:3`, `quiet`. */
async function guacd(): Promise<string> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    const reader = new InstructionReader(1_000_000)
    let bare = ''
    socket.on('data', (bytes: Buffer) => {
      for (const [opcode, ...args] of reader.read(bytes)) {
        if (opcode === 'select') {
          bare = args[0] ?? ''
          if (bare.includes(':')) perform(socket, bare)
          else socket.write(encode('args', 'VERSION_1_1_0', 'hostname'))
        } else if (opcode === 'connect') {
          socket.write(encode('ready', `$${Math.random()}`))
          perform(socket, args[1] ?? '')
        } else if (opcode === 'key') socket.write(encode('name', `key ${args[0]}`))
        else if (opcode === 'disconnect') socket.destroy()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return String(typeof address === 'object' && address ? address.port : 0)
}

function perform(socket: Socket, what: string): void {
  const [kind, name = '', amount = '0'] = what.split(':')
  const piece = STREAMS[name]?.() ?? Buffer.alloc(0)
  socket.write(encode('sync', '1'))
  if (kind === 'flood') {
    let left = Math.ceil((Number(amount) * MB) / piece.length)
    const pour = (): void => {
      while (left > 0 && !socket.destroyed) {
        left--
        if (!socket.write(piece)) {
          socket.once('drain', pour)
          return
        }
      }
      if (!socket.destroyed) socket.write(encode('name', 'the end'))
    }
    pour()
  }
  if (kind === 'paced') {
    // Small instructions, a hundred times a second.
    const size = (Number(amount) * MB) / 100
    const part = Buffer.from(
      Array.from({ length: Math.ceil(size / rectangle(500).length) }, (_, at) => rectangle(at)).join(''),
    )
    const every = setInterval(() => socket.writableLength < MB && socket.write(part), 10)
    socket.on('close', () => clearInterval(every))
  }
}

/** The servers under test; each answers with its address. */
const SERVERS: Readonly<Record<Role, (port: number) => Promise<string>>> = {
  gateway: async (port) => {
    const setup = await DeskSetup.start([{ host: '127.0.0.1', port }], {
      limits: { firstWord: 30_000, handshake: 60_000, viewers: 10_000 },
    })
    // The lab is named by what its guacd shall do.
    setup.target = async ({ labId }) => ({ ...TARGET, hold: 0, parameters: { hostname: labId.split('/')[0] ?? '' } })
    return setup.url
  },
  lite: async (port) => {
    const Lite: new (...options: object[]) => { webSocketServer: WebSocketServer } = createRequire(import.meta.url)(
      'guacamole-lite',
    )
    const lite = new Lite(
      { port: 0, host: '127.0.0.1' },
      { host: '127.0.0.1', port },
      { crypt: { cypher: 'AES-256-CBC', key: LITE_KEY }, log: { level: 'ERRORS' } },
    )
    const server = lite.webSocketServer
    if (!server.address()) await once(server, 'listening')
    return `ws://127.0.0.1:${portOf(server)}/`
  },
  bare: async (port) => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: false,
      handleProtocols: () => 'guacamole',
    })
    await once(server, 'listening')
    server.on('connection', (socket, request) => {
      const far = connect(port, '127.0.0.1')
      far.setNoDelay(true)
      far.write(encode('select', new URL(request.url ?? '/', 'ws://here').searchParams.get('lab')?.split('/')[0] ?? ''))
      far.on('data', (bytes: Buffer) => {
        // Binary, for it is cut anywhere.
        socket.send(bytes, () => socket.bufferedAmount < 64 * 1024 && far.resume())
        if (socket.bufferedAmount > 512 * 1024) far.pause()
      })
      socket.on('message', (data: Buffer) => far.write(data))
      socket.on('close', () => far.destroy())
      far.on('error', () => socket.terminate())
    })
    return `ws://127.0.0.1:${portOf(server)}/`
  },
}

function portOf(server: WebSocketServer): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

let count = 0

/** The address of a tunnel to a connection of its own that does `what`. */
function addressOf(role: Role, url: string, what: string): string {
  if (role !== 'lite') return `${url}?lab=${encodeURIComponent(`${what}/${++count}`)}`
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', LITE_KEY, iv)
  const settings = { connection: { type: 'ssh', settings: { hostname: what } } }
  const value = cipher.update(JSON.stringify(settings), 'utf8', 'base64') + cipher.final('base64')
  const token = Buffer.from(JSON.stringify({ iv: iv.toString('base64'), value })).toString('base64')
  return `${url}?token=${encodeURIComponent(token)}`
}

async function open(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address, 'guacamole', { perMessageDeflate: false })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
}

/** Resolves when `text` came; answers the bytes that came until then. */
function until(socket: WebSocket, text: string): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0
    let tail = ''
    const heard = (data: Buffer): void => {
      bytes += data.length
      tail = (tail + data.subarray(-64).toString('latin1')).slice(-96)
      if (!tail.includes(text)) return
      socket.off('message', heard)
      resolve(bytes)
    }
    socket.on('message', heard)
  })
}

class Server {
  readonly role: Role
  readonly #process: ChildProcess
  readonly #url: string

  private constructor(role: Role, child: ChildProcess, url: string) {
    this.role = role
    this.#process = child
    this.#url = url
  }

  static async start(role: Role, guacd: string): Promise<Server> {
    const child = fork(fileURLToPath(import.meta.url), [role, guacd], { execArgv: ['--import', 'tsx', '--expose-gc'] })
    const [url] = await once(child, 'message')
    return new Server(role, child, String(url))
  }

  open(what: string): Promise<WebSocket> {
    return open(addressOf(this.role, this.#url, what))
  }

  /** CPU milliseconds and resident megabytes so far. */
  async used(): Promise<{ cpu: number; rss: number }> {
    this.#process.send('used')
    const [used] = await once(this.#process, 'message')
    return used
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

async function throughput(server: Server, stream: string) {
  const { cpu } = await server.used()
  const begun = performance.now()
  const socket = await server.open(
    `flood:${stream}:${server.role === 'lite' && stream === 'small' ? MEGABYTES / 4 : MEGABYTES}`,
  )
  const megabytes = (await until(socket, 'the end')) / MB
  const seconds = (performance.now() - begun) / 1000
  const cpuMs = (await server.used()).cpu - cpu
  socket.terminate()
  return { speed: megabytes / seconds, cpu: cpuMs / megabytes }
}

/** Its resident memory at the most while a reader does not read. */
async function stopped(server: Server): Promise<number> {
  const socket = await server.open(`flood:vnc:${STOPPED_MB}`)
  socket.pause()
  let most = 0
  for (let second = 0; second < SECONDS; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    most = Math.max(most, (await server.used()).rss)
  }
  socket.terminate()
  return most
}

async function keys(server: Server): Promise<{ p50: number; p99: number; load: number }> {
  const busy = await Promise.all(Array.from({ length: 3 }, () => server.open('paced:small:3')))
  let load = 0
  for (const socket of busy) {
    socket.on('message', (data: Buffer) => {
      load += data.length
    })
  }
  const socket = await server.open('quiet')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  load = 0
  const begun = performance.now()
  const delays: number[] = []
  for (let key = 0; key < 400; key++) {
    const typed = performance.now()
    const reply = until(socket, `key ${key + 32}`)
    socket.send(encode('key', `${key + 32}`, '1'))
    await reply
    delays.push(performance.now() - typed)
    await new Promise((resolve) => setTimeout(resolve, 7))
  }
  const seconds = (performance.now() - begun) / 1000
  for (const one of [...busy, socket]) one.terminate()
  delays.sort((a, b) => a - b)
  return { p50: delays[200] ?? 0, p99: delays[395] ?? 0, load: load / MB / seconds }
}

async function idle(server: Server): Promise<number> {
  const { rss } = await server.used()
  const sockets: WebSocket[] = []
  for (let opened = 0; opened < IDLE; opened += 20) {
    sockets.push(...(await Promise.all(Array.from({ length: 20 }, () => server.open('quiet')))))
  }
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const each = (((await server.used()).rss - rss) * 1000) / sockets.length
  for (const socket of sockets) socket.terminate()
  return each
}

async function main(): Promise<void> {
  const fake = fork(fileURLToPath(import.meta.url), ['guacd'], { execArgv: ['--import', 'tsx'] })
  const [guacdPort] = await once(fake, 'message')
  const rows: Record<string, Partial<Record<Role, number>>> = {}
  const note = (what: string, role: Role, value: number): void => {
    rows[what] = { ...rows[what], [role]: Number(value.toPrecision(3)) }
  }
  for (const role of ROLES) {
    const fresh = () => Server.start(role, String(guacdPort))
    const first = await fresh()
    await throughput(first, 'ssh')
    for (const stream of Object.keys(STREAMS)) {
      const { speed, cpu } = await throughput(first, stream)
      note(`${stream}: MB/s`, role, speed)
      note(`${stream}: CPU ms/MB`, role, cpu)
    }
    const { p50, p99, load } = await keys(first)
    note('beside three busy ones: MB/s', role, load)
    note('key to reply, p50 ms', role, p50)
    note('key to reply, p99 ms', role, p99)
    first.kill()
    const second = await fresh()
    note('an idle connection, kB', role, await idle(second))
    second.kill()
    const third = await fresh()
    note('reader stopped, MB resident', role, await stopped(third))
    third.kill()
  }
  fake.kill()
  const ratio = (a: number | undefined, b: number | undefined): string => (a && b ? (a / b).toFixed(2) : '-')
  console.table(
    Object.entries(rows).map(([what, { gateway, lite, bare }]) => {
      return {
        what,
        gateway,
        lite,
        bare,
        'gateway / lite': ratio(gateway, lite),
        'gateway / bare': ratio(gateway, bare),
      }
    }),
  )
}

async function serveAs(role: string, port: number): Promise<void> {
  const known = ROLES.find((one) => one === role)
  process.on('message', () => {
    Reflect.get(globalThis, 'gc')?.()
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1000, rss: process.memoryUsage().rss / MB })
  })
  process.send?.(known ? await SERVERS[known](port) : await guacd())
}

await (process.argv[2] === undefined ? main() : serveAs(process.argv[2], Number(process.argv[3])))
