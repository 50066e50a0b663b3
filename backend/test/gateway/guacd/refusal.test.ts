import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { LabError } from '../../../../src/wire/problems.js'
import { reasonOf } from '../../../src/gateway/guacd/refusal.js'
import { TARGET } from './fixtures/setup.js'

const NOT_THERE = new LabError('link/shell-unreachable')
const ENDED = new LabError('link/session-ended')

describe('why guacd ended', () => {
  const servers: Server[] = []
  const sockets = new Set<Socket>()

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    for (const server of servers.splice(0)) if (server.listening) await once(server.close(), 'close')
    sockets.clear()
  })

  async function serves(greet: (socket: Socket) => void): Promise<Record<string, string>> {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => socket.destroy()))
      greet(socket)
    })
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')
    const address = server.address()
    return { hostname: '127.0.0.1', port: String(typeof address === 'object' && address ? address.port : 0) }
  }
  async function codeFor(
    parameters: Record<string, string>,
    protocol: 'vnc' | 'rdp' = 'vnc',
    said = NOT_THERE,
    shown = false,
  ): Promise<string> {
    return (await reasonOf({ said, shown }, { ...TARGET, protocol, parameters })).code
  }

  test('it talks, so it refused the password', async () => {
    const there = await serves((socket) => socket.write('RFB 003.008\n'))
    assert.equal(await codeFor(there), 'link/login-refused')
    assert.equal(await codeFor(there, 'rdp'), 'link/shell-unreachable')
    assert.equal(await codeFor({ ...there, 'reverse-connect': 'true' }), 'link/shell-unreachable')
  })

  test('it lets nobody in for a while: that ends by itself', async () => {
    const there = await serves((socket) =>
      socket.end(Buffer.from('RFB 003.003\n\0\0\0\0\0\0\0\x1aToo many security failures', 'latin1')),
    )
    assert.equal(await codeFor(there), 'link/shell-unreachable')
  })

  test('it is something else, or says nothing', async () => {
    assert.equal(await codeFor(await serves((socket) => socket.write('SSH-2.0-x\r\n'))), 'link/shell-unreachable')
    assert.equal(await codeFor(await serves(() => undefined)), 'link/shell-unreachable')
  })

  test('it is not there', async () => {
    const there = await serves(() => undefined)
    servers[0]?.close()
    assert.equal(await codeFor(there), 'link/shell-unreachable')
  })

  test('guacd said only that it ended: nothing was shown, so no session was', async () => {
    const there = await serves((socket) => socket.write('RFB 003.008\n'))
    assert.equal(await codeFor(there, 'rdp', ENDED), 'link/shell-unreachable')
    assert.equal(await codeFor(there, 'vnc', ENDED), 'link/login-refused')
  })

  test('the session was left: its host takes us', async () => {
    for (const greet of [() => undefined, (socket: Socket) => socket.write('SSH-2.0-x\r\n')]) {
      assert.equal(await codeFor(await serves(greet), 'rdp', ENDED, true), 'link/session-ended')
    }
    assert.equal(await codeFor({ hostname: 'nobody.invalid', port: '3389' }, 'rdp', ENDED, true), 'link/session-ended')
    assert.equal(await codeFor({}, 'rdp', ENDED, true), 'link/session-ended')
    // We cannot even ask there (the broadcast address stands for a network that only guacd reaches).
    const apart = { hostname: '255.255.255.255', port: '3389' }
    assert.equal(await codeFor(apart, 'rdp', ENDED, true), 'link/session-ended')
  })

  test('the host is gone, or sends everybody away: no session was left', async () => {
    const away = await serves((socket) => socket.destroy())
    assert.equal(await codeFor(away, 'rdp', ENDED, true), 'link/shell-unreachable')
    servers[0]?.close()
    assert.equal(await codeFor(away, 'rdp', ENDED, true), 'link/shell-unreachable')
  })

  test('what else guacd said of a session stays, and a VNC server is not asked', async () => {
    let asked = 0
    const away = await serves((socket) => {
      asked++
      socket.destroy()
    })
    assert.equal(await codeFor(away, 'vnc', ENDED, true), 'link/session-ended')
    assert.equal(await codeFor(away, 'rdp', new LabError('link/slow'), true), 'link/slow')
    assert.equal(asked, 0)
  })
})
