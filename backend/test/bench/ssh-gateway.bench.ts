/**
 * The SSH gateway beside a plain relay (ssh2 → ws, nothing held, no screen): bytes a second of `seq 1 2000000`, the
 * server's CPU for a megabyte, and key → echo. Host, servers and client are processes of their own.
 * Run: npm run bench -- ssh-gateway
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import ssh2 from 'ssh2'
import { WebSocket, WebSocketServer } from 'ws'
import { SSH_ACK_BYTES } from '../../../src/wire/ssh.js'
import type { SshTarget } from '../../src/gateway/ports.js'
import { Setup } from '../gateway/fixtures/setup.js'
import { SshHost } from '../gateway/fixtures/ssh-host.js'

const NUMBERS = Number(process.env['NUMBERS'] ?? 2_000_000)
const KEYS = Number(process.env['KEYS'] ?? 500)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)

type Role = 'host' | 'gateway' | 'relay'

/** Sends and receives on one WebSocket, and says where it is. */
interface Client {
  type(text: string): void
  /** Resolves when `text` came. */
  until(text: string): Promise<void>
  readonly received: number
  close(): void
}

async function child(role: Role, target?: SshTarget): Promise<{ process: ChildProcess; hello: unknown }> {
  const started = fork(fileURLToPath(import.meta.url), [role], { execArgv: ['--import', 'tsx'] })
  if (target) started.send(target)
  const [hello] = await once(started, 'message')
  return { process: started, hello }
}

async function cpuOf(server: ChildProcess): Promise<number> {
  server.send('cpu')
  const [micros] = await once(server, 'message')
  return Number(micros)
}

function connect(url: string, role: Role): Promise<Client> {
  const socket = new WebSocket(url, ['lab-ssh.v1'])
  let received = 0
  let acked = 0
  let snapshot = 0
  let tail = ''
  let wanted: { text: string; resolve: () => void } | undefined
  const look = (): void => {
    if (!wanted || !tail.includes(wanted.text)) return
    tail = ''
    wanted.resolve()
    wanted = undefined
  }
  return new Promise((resolve) => {
    const client: Client = {
      type: (text) => socket.send(Buffer.from(text)),
      until: (text) =>
        new Promise((found) => {
          wanted = { text, resolve: found }
          look()
        }),
      get received() {
        return received
      },
      close: () => socket.close(),
    }
    socket.on('open', () => {
      if (role === 'gateway') socket.send(JSON.stringify({ type: 'attach', cols: 80, rows: 24 }))
      else resolve(client)
    })
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) {
        const message: { type: string; seq: number; snapshot?: number } = JSON.parse(data.toString())
        if (message.type !== 'attached') return
        received = message.seq
        acked = received
        snapshot = message.snapshot ?? 0
        resolve(client)
        return
      }
      const fresh = data.subarray(Math.min(snapshot, data.length))
      snapshot -= data.length - fresh.length
      received += fresh.length
      tail = (tail + fresh.subarray(-200).toString('latin1')).slice(-400)
      if (role === 'gateway' && received - acked >= SSH_ACK_BYTES) {
        acked = received
        socket.send(JSON.stringify({ type: 'ack', seq: acked }))
      }
      look()
    })
  })
}

interface Measured {
  readonly megabytesASecond: number
  readonly cpuMsAMegabyte: number
  readonly p50: number
  readonly p99: number
}

async function measure(role: 'gateway' | 'relay', target: SshTarget): Promise<Measured> {
  const server = await child(role, target)
  const client = await connect(String(server.hello), role)
  await client.until('$ ')
  const [from, cpu, begun] = [client.received, await cpuOf(server.process), performance.now()]
  client.type(`seq 1 ${NUMBERS}; echo th""e end\n`)
  await client.until('the end\r\n')
  const seconds = (performance.now() - begun) / 1000
  const megabytes = (client.received - from) / 1e6
  const cpuMs = ((await cpuOf(server.process)) - cpu) / 1000
  client.type('stty -echo; PS1=; echo rea""dy; exec cat -u\n')
  await client.until('ready\r\n')
  client.type('stty\n')
  await client.until('stty\r\n')
  const delays: number[] = []
  for (let key = 0; key < KEYS; key++) {
    const text = `k${key};\n`
    const typed = performance.now()
    client.type(text)
    await client.until(`k${key};`)
    delays.push(performance.now() - typed)
  }
  delays.sort((a, b) => a - b)
  const at = (share: number) => delays[Math.min(Math.floor(delays.length * share), delays.length - 1)] ?? 0
  client.close()
  server.process.kill()
  return { megabytesASecond: megabytes / seconds, cpuMsAMegabyte: cpuMs / megabytes, p50: at(0.5), p99: at(0.99) }
}

/** Nothing but bytes to and fro. */
async function relay(target: SshTarget): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'lab-ssh.v1' })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    const client = new ssh2.Client()
    client.on('error', () => socket.terminate())
    client.on('ready', () => {
      client.shell({ term: 'xterm-256color', cols: 80, rows: 24 }, (error, channel) => {
        if (error) return socket.terminate()
        channel.on('data', (bytes: Buffer) => {
          if (socket.bufferedAmount > 1024 * 1024) channel.pause()
          socket.send(bytes, () => channel.resume())
        })
        socket.on('message', (data: Buffer) => channel.write(data))
      })
    })
    client.connect({ host: target.host, port: target.port, username: target.user, privateKey: target.privateKey ?? '' })
    client.setNoDelay(true)
    socket.on('close', () => client.end())
  })
  const address = server.address()
  return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

async function serve(role: string): Promise<void> {
  if (role === 'host') {
    const host = await SshHost.start()
    process.send?.(host.target())
    return
  }
  const target = await new Promise<SshTarget>((resolve) =>
    process.once('message', (message) => resolve(targetOf(message))),
  )
  const url = role === 'gateway' ? (await Setup.start(() => target)).url : await relay(target)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.(url)
}

function targetOf(message: unknown): SshTarget {
  const field = (name: string) =>
    typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined
  const text = (name: string) => String(field(name))
  return {
    host: text('host'),
    port: Number(field('port')),
    user: text('user'),
    privateKey: text('privateKey'),
    hostKey: text('hostKey'),
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

async function main(): Promise<void> {
  const host = await child('host')
  const target = targetOf(host.hello)
  const results: { gateway: Measured[]; relay: Measured[] } = { gateway: [], relay: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const role of ['relay', 'gateway'] as const) results[role].push(await measure(role, target))
  }
  host.process.kill()
  const rows = (['megabytesASecond', 'cpuMsAMegabyte', 'p50', 'p99'] as const).map((what) => {
    const [gateway, plain] = [
      median(results.gateway.map((one) => one[what])),
      median(results.relay.map((one) => one[what])),
    ]
    return { what, gateway: gateway.toFixed(2), relay: plain.toFixed(2), ratio: (gateway / plain).toFixed(2) }
  })
  console.table(rows)
}

await (process.argv[2] === undefined ? main() : serve(process.argv[2]))
