/**
 * The tunnel to guacd beside guacamole-lite and beside a bare copy from TCP to WebSocket, on the same fake guacd and
 * recorded streams; every byte is compared with what guacd sent, every instruction with what the page said. guacd, servers
 * and client are processes of their own and share the machine: trust ratios, and CPU for a megabyte.
 * Run: npm run bench -- guacd          env: ROUNDS MEGABYTES IDLE STOPPED_MB SECONDS
 */
import type { WebSocket } from 'ws'
import { BEGIN, END, MB, ROLES, type Role, STREAMS } from './guacd/roles.js'
import { buildRoles, Server, startRole, until, verified } from './guacd/server.js'

const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const MEGABYTES = Number(process.env['MEGABYTES'] ?? 100)
const IDLE = Number(process.env['IDLE'] ?? 1_000)
const STOPPED_MB = Number(process.env['STOPPED_MB'] ?? 1_000)
const SECONDS = Number(process.env['SECONDS'] ?? 10)
const MOVES = 20_000

process.env['RECORDINGS'] ??= new URL('./recordings', import.meta.url).pathname

type Note = (what: string, role: Role, value: number) => void

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function throughput(server: Server, stream: string, note: Note): Promise<void> {
  const piece = STREAMS[stream]?.() ?? Buffer.alloc(0)
  const { cpu } = await server.used()
  const begun = performance.now()
  // The peer takes its time with small instructions.
  const amount = server.role === 'lite' && stream === 'small' ? MEGABYTES / 10 : MEGABYTES
  const socket = await server.open(`flood:${stream}:${amount}`)
  const megabytes = (await verified(socket, piece, BEGIN, END)) / MB
  const seconds = (performance.now() - begun) / 1000
  note(`${stream}: MB/s`, server.role, megabytes / seconds)
  note(`${stream}: CPU ms/MB`, server.role, ((await server.used()).cpu - cpu) / megabytes)
  socket.terminate()
}

/** What the page says, one instruction a message; guacd compares each. */
async function upwards(server: Server, note: Note): Promise<void> {
  const socket = await server.open('quiet')
  await pause(300)
  const { cpu } = await server.used()
  const begun = performance.now()
  for (let move = 0; move < MOVES; move += 50) {
    const answered = until(socket, `moved ${move + 50}`)
    for (let at = move; at < move + 50; at++) {
      const [x, y] = [String(at % 1000), String(at % 700)]
      socket.send(`5.mouse,${x.length}.${x},${y.length}.${y},1.${at % 50 === 49 ? 2 : 1};`)
    }
    await answered
  }
  note('from the page: 1000/s', server.role, MOVES / (performance.now() - begun))
  note('from the page: CPU µs each', server.role, (((await server.used()).cpu - cpu) * 1000) / MOVES)
  socket.terminate()
}

/** Its resident memory at the most while a reader does not read. */
async function stopped(server: Server, note: Note): Promise<void> {
  const socket = await server.open(`flood:vnc:${STOPPED_MB}`)
  socket.pause()
  let most = 0
  for (let second = 0; second < SECONDS; second++) {
    await pause(1000)
    most = Math.max(most, (await server.used()).rss)
  }
  note('reader stopped: MB resident', server.role, most)
  socket.terminate()
}

async function keys(server: Server, note: Note): Promise<void> {
  const busy = await Promise.all(Array.from({ length: 3 }, () => server.open('paced:small:3')))
  let load = 0
  for (const socket of busy) {
    socket.on('message', (data: Buffer) => {
      load += data.length
    })
  }
  const socket = await server.open('quiet')
  await pause(1500)
  load = 0
  const begun = performance.now()
  const delays: number[] = []
  for (let key = 0; key < 400; key++) {
    const typed = performance.now()
    const reply = until(socket, `key ${key + 32}`)
    const keysym = String(key + 32)
    socket.send(`3.key,${keysym.length}.${keysym},1.1;`)
    await reply
    delays.push(performance.now() - typed)
    await pause(7)
  }
  note('beside three busy ones: MB/s', server.role, load / 1000 / (performance.now() - begun))
  for (const one of [...busy, socket]) one.terminate()
  delays.sort((a, b) => a - b)
  note('key to reply: p50 ms', server.role, delays[200] ?? 0)
  note('key to reply: p99 ms', server.role, delays[395] ?? 0)
}

/**
 * With the first thousand the process grows once by V8's young generation, as far as the flags of `bin/lab-backend.js` let
 * it; each of as many again is without that, and live objects are what is left of it all.
 */
async function idle(server: Server, note: Note): Promise<void> {
  const crowd = async () => {
    const sockets: WebSocket[] = []
    for (let opened = 0; opened < IDLE; opened += 20) {
      sockets.push(...(await Promise.all(Array.from({ length: 20 }, () => server.open('quiet')))))
    }
    await pause(2000)
    return sockets
  }
  const { rss: without, heap: before } = await server.used()
  const first = await crowd()
  const { rss, heap } = await server.used()
  const second = await crowd()
  const { rss: twice } = await server.used()
  note(`an idle connection, the first ${IDLE}: kB`, server.role, ((rss - without) * 1000) / first.length)
  note('an idle connection, live objects: kB', server.role, ((heap - before) * 1000) / first.length)
  note(`an idle connection, ${IDLE} more: kB`, server.role, ((twice - rss) * 1000) / second.length)
  for (const socket of [...first, ...second]) socket.terminate()
}

function print(rows: Map<string, Map<Role, number[]>>): void {
  const median = (values: readonly number[] = []): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  const ratio = (a: number, b: number): string => (b > 0 ? (a / b).toPrecision(3) : '-')
  console.table(
    [...rows].map(([what, roles]) => {
      const [gateway = 0, lite = 0, bare = 0] = ROLES.map((role) => median(roles.get(role)))
      const [ours, peers, copy] = [gateway, lite, bare].map((value) => Number(value.toPrecision(3)))
      return {
        ...{ what, gateway: ours, lite: peers, bare: copy },
        ...{ 'gateway / lite': ratio(gateway, lite), 'gateway / bare': ratio(gateway, bare) },
      }
    }),
  )
}

async function main(): Promise<void> {
  await buildRoles()
  const guacd = await startRole('guacd')
  const rows = new Map<string, Map<Role, number[]>>()
  const note: Note = (what, role, value) => {
    const roles = rows.get(what) ?? new Map<Role, number[]>()
    rows.set(what, roles.set(role, [...(roles.get(role) ?? []), value]))
  }
  const servers = await Promise.all(ROLES.map((role) => Server.start(role, guacd.said)))
  // Round about, so that what else the machine does falls on all of them.
  for (const server of servers) for (const stream of Object.keys(STREAMS)) await throughput(server, stream, () => {})
  for (let round = 0; round < ROUNDS; round++) {
    for (const stream of Object.keys(STREAMS)) for (const server of servers) await throughput(server, stream, note)
    for (const server of servers) await upwards(server, note)
    for (const server of servers) await keys(server, note)
  }
  for (const server of servers) server.kill()
  for (const measure of [idle, stopped]) {
    for (const role of ROLES) {
      const server = await Server.start(role, guacd.said)
      await measure(server, note)
      server.kill()
    }
  }
  guacd.child.kill()
  print(rows)
}

await main()
