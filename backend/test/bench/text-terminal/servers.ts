/** The other side of the benchmark, each role a process of its own: our gateway, a plain relay, guacd's tunnel. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import ssh2 from 'ssh2'
import { type WebSocket, WebSocketServer } from 'ws'
import type { SshTarget } from '../../../src/gateway/ports.js'
import { Setup } from '../../gateway/fixtures/setup.js'
import { DeskSetup, TARGET } from '../../gateway/guacd/fixtures/setup.js'

type Role = 'gateway' | 'relay' | 'guacd'

/** Bytes in the relay's socket at which it stops reading; ttyd stops at so many that the page has not confirmed. */
const RELAY_HIGH = 1024 * 1024

export interface Server {
  readonly url: string
  stop(): void
}

export async function start(role: Role, target: SshTarget): Promise<Server> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [role], { execArgv: ['--import', 'tsx'] })
  child.send(target)
  const [url] = await once(child, 'message')
  return { url: String(url), stop: () => child.kill() }
}

/** Nothing but bytes to and fro, and the size once. */
async function relay(target: SshTarget): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(server, 'listening')
  server.on('connection', (socket, request) => {
    const size = new URL(request.url ?? '/', 'ws://here').searchParams
    join(socket, target, { cols: Number(size.get('cols')), rows: Number(size.get('rows')) })
  })
  const address = server.address()
  return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

function join(socket: WebSocket, target: SshTarget, size: { cols: number; rows: number }): void {
  const client = new ssh2.Client()
  client.on('error', () => socket.terminate())
  client.on('ready', () => {
    client.shell({ term: 'xterm-256color', ...size }, (error, channel) => {
      if (error) return socket.terminate()
      channel.on('data', (bytes: Buffer) => {
        if (socket.bufferedAmount > RELAY_HIGH) channel.pause()
        socket.send(bytes, () => channel.resume())
      })
      socket.on('message', (data: Buffer) => channel.write(data))
    })
  })
  client.connect({ host: target.host, port: target.port, username: target.user, privateKey: target.privateKey ?? '' })
  client.setNoDelay(true)
  socket.on('close', () => client.end())
}

/** guacd (`GUACD`, host:port) logs in to the host by itself; its tunnel is the fastest that there is: ours. */
async function desk(target: SshTarget): Promise<string> {
  const [host = '', port = ''] = process.env['GUACD']?.split(':') ?? []
  const setup = await DeskSetup.start([{ host, port: Number(port) }])
  const parameters = {
    hostname: target.host,
    port: String(target.port),
    username: target.user,
    'private-key': target.privateKey ?? '',
    'font-size': '10',
    scrollback: '5000',
  }
  setup.target = async () => ({ ...TARGET, parameters })
  return setup.url.replace(/\/$/, '')
}

async function serve(role: string): Promise<string> {
  const target = await new Promise<SshTarget>((resolve) => process.once('message', (it) => resolve(it as SshTarget)))
  if (role === 'guacd') return desk(target)
  return role === 'gateway' ? (await Setup.start(() => target)).url : relay(target)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.send?.(await serve(process.argv[2] ?? ''))
