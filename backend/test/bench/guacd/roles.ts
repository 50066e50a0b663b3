/** The processes of the tunnel's benchmark: a fake guacd that plays recorded streams, and the servers under test. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer, type Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { encode, InstructionReader } from '../../../src/gateway/guacd/instruction.js'
import { DeskSetup, TARGET } from '../../gateway/guacd/fixtures/setup.js'

export const MB = 1_000_000
export const LITE_KEY = 'an example of a key of 32 bytes!'
/** Before the stream that is measured, … */
export const BEGIN = encode('sync', '1')
/** … and after it. */
export const END = encode('name', 'the end')

export const ROLES = ['gateway', 'lite', 'bare'] as const
export type Role = (typeof ROLES)[number]

export const STREAMS: Readonly<Record<string, () => Buffer>> = {
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
  return readFileSync(`${process.env['RECORDINGS']}/${name}.guac`)
}

/** What the fake guacd does for a user is said in the user name of its connection: `flood:vnc:40`, `paced:ssh:3`, `quiet`. */
async function guacd(): Promise<string> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    const reader = new InstructionReader(1_000_000)
    let bare = ''
    const count = uploads(socket)
    socket.on('data', (bytes: Buffer) => {
      for (const [opcode, ...args] of reader.read(bytes)) {
        if (opcode === 'select') {
          bare = args[0] ?? ''
          if (bare.includes(':')) perform(socket, bare)
          else socket.write(encode('args', 'VERSION_1_1_0', 'username'))
        } else if (opcode === 'connect') {
          socket.write(encode('ready', `$${Math.random()}`))
          perform(socket, args[1] ?? '')
        } else if (opcode === 'mouse') count(args)
        else if (opcode === 'key') socket.write(encode('name', `key ${args[0]}`))
        else if (opcode === 'end') socket.write(encode('ack', args[0] ?? '', 'Invalid stream index', '768'))
        else if (opcode === 'disconnect') socket.destroy()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return String(typeof address === 'object' && address ? address.port : 0)
}

/** Every movement of the mouse must come, whole and in order; the last one is answered. */
function uploads(socket: Socket): (args: readonly string[]) => void {
  let next = 0
  return ([x = '', y = '', mask = '']) => {
    const right = Number(x) === next % 1000 && Number(y) === next % 700 && mask === (next % 50 === 49 ? '2' : '1')
    if (!right) throw new Error(`movement ${next} came as ${x},${y},${mask}`)
    next++
    if (mask === '2') socket.write(encode('name', `moved ${next}`))
  }
}

function perform(socket: Socket, what: string): void {
  const [kind, name = '', amount = '0'] = what.split(':')
  const piece = STREAMS[name]?.() ?? Buffer.alloc(0)
  socket.write(BEGIN)
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
      if (!socket.destroyed) socket.write(END)
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
    setup.target = async ({ labId }) => ({ ...TARGET, hold: 0, parameters: { username: labId.split('/')[0] ?? '' } })
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

export async function serveAs(role: string, port: number): Promise<void> {
  process.on('SIGTERM', () => process.exit())
  const known = ROLES.find((one) => one === role)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    Reflect.get(globalThis, 'gc')?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send?.({ cpu: (user + system) / 1000, rss: rss / MB, heap: heapUsed / MB })
  })
  process.send?.(known ? await SERVERS[known](port) : await guacd())
}
