import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { isOwnPeer, socketOwner } from '../../src/demo/peer.js'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12 1
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 13 1
`

describe('the other end of a loopback connection', () => {
  it('is looked up by both ports', () => {
    assert.equal(socketOwner(TABLE, 50_000, 8080), 1000)
    assert.equal(socketOwner(TABLE, 8080, 50_000), 0)
    assert.equal(socketOwner(TABLE, 50_001, 8080), undefined)
    assert.equal(socketOwner('', 1, 2), undefined)
  })

  const root = process.platform === 'linux' && process.getuid?.() === 0
  it('is told from another user of the machine', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address && typeof address === 'object')

    const mine = connect(address.port, '127.0.0.1')
    const [own]: Socket[] = await once(server, 'connection')
    assert.ok(own)
    assert.equal(await isOwnPeer(own), true)
    mine.destroy()

    // Only root can act as somebody else; an ordinary user's run shows the first half.
    if (!root) return
    const nobody = 65534
    const script = `require('net').connect(${address.port}, '127.0.0.1'); setTimeout(() => {}, 10000)`
    const foreign = spawn(process.execPath, ['-e', script], { uid: nobody, gid: nobody, stdio: 'ignore', cwd: '/' })
    t.after(() => foreign.kill('SIGKILL'))
    const [other]: Socket[] = await once(server, 'connection')
    assert.ok(other)
    t.after(() => other.destroy())
    assert.equal(await isOwnPeer(other), false)
  })
})
