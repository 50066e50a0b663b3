import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { HostWatch } from '../../../src/gateway/guacd/host-watch.js'
import type { DeskTarget } from '../../../src/gateway/guacd/ports.js'
import { SilentHost } from '../../support/silent-host.js'
import { TARGET } from './fixtures/setup.js'
import { until } from './fixtures/tunnel.js'

const KEY = ['key', '65', '1'] as const
const MOVES = [Buffer.alloc(200)]
const CLOCK = [Buffer.from('4.sync,13.1700000000000;')]

describe('the watch on a lab host', () => {
  let server: Server
  let way: SilentHost
  let connections = 0

  before(async () => {
    server = createServer((socket) => {
      connections++
      socket.on('error', () => undefined).resume()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    way = await SilentHost.start(typeof address === 'object' && address ? address.port : 0)
  })
  after(async () => {
    await way.close()
    server.close()
    await once(server, 'close')
  })

  const target = (protocol: DeskTarget['protocol'] = 'ssh', parameters = {}): DeskTarget => ({
    ...TARGET,
    protocol,
    parameters: { hostname: '127.0.0.1', port: String(way.port), ...parameters },
  })
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  test('asks nobody while what is typed shows, or nobody types', async () => {
    connections = 0
    const watch = new HostWatch(() => assert.fail())
    for (let at = 0; at < 20; at++) {
      watch.check(250, target())
      watch.input(KEY)
      watch.check(250, target())
      watch.output(MOVES)
    }
    for (const nothing of [
      ['key', '65505', '1'],
      ['key', '65', '0'],
      ['mouse', '5', '5', '0'],
      ['size', '800', '600'],
    ] as const)
      watch.input(nothing)
    for (let at = 0; at < 20; at++) watch.check(250, target())
    await pause(300)
    assert.equal(connections, 0)
  })

  test('a host that answers is asked now and then, a VNC server a few times only', async () => {
    for (const protocol of ['ssh', 'vnc'] as const) {
      connections = 0
      const watch = new HostWatch(() => assert.fail())
      const end = Date.now() + 60_000
      let seconds = 0
      // Until it was asked four times, and half a minute more.
      for (let more = 0; more < 30 && Date.now() < end; seconds++) {
        watch.input(KEY)
        for (let at = 0; at < 4; at++) watch.check(250, target(protocol))
        watch.output(CLOCK)
        await pause(20)
        if (connections >= 4) more++
      }
      await pause(300)
      assert.ok(connections >= 4 && connections <= seconds / 5 + 1, `${connections} in ${seconds} s`)
      if (protocol === 'vnc') assert.equal(connections, 4)
    }
  })

  test('a silent one is told, and again when it speaks; of one that has no address nothing is said', async () => {
    const told: string[] = []
    const watch = new HostWatch(() => told.push('silent'))
    await way.silence()
    watch.input(KEY)
    for (let at = 0; at < 3; at++) watch.check(250, target())
    await until(() => told.length > 0, 'the verdict', 60_000)
    assert.equal(await watch.back(target()), false)
    await way.speak()
    assert.equal(await watch.back(target()), true)
    for (const parameters of [{ hostname: 'no-such-host.invalid' }, { 'reverse-connect': 'true' }, { port: '' }]) {
      const other = new HostWatch(() => assert.fail())
      other.begun(target('vnc', parameters))
    }
    await pause(1_500)
  })

  test('a host that refuses is there', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const address = closed.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    closed.close()
    await once(closed, 'close')
    const watch = new HostWatch(() => assert.fail())
    watch.begun(target('rdp', { port }))
    await pause(1_500)
  })
})
