import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SSH_ACK_BYTES } from '../../../src/wire/ssh.js'
import { Outflow } from '../../src/gateway/outflow.js'
import { ByteRing } from '../../src/gateway/ring.js'
import { FakeOutSocket } from './fakes/out-socket.js'

function setup(options: { ring?: number } = {}) {
  const socket = new FakeOutSocket()
  const out = new Outflow(socket, { maxBuffered: 1000, drained: () => undefined, now: () => 0 })
  return { socket, out, ring: new ByteRing(options.ring ?? 4 * 1024 * 1024) }
}

test('output is sent in order, up to the window, and on from there when it is acknowledged', () => {
  const { socket, out, ring } = setup()
  const { window } = out
  const bytes = Buffer.from(Array.from({ length: window + 100_000 }, (_, at) => at % 97))
  ring.append(bytes)
  assert.equal(out.pump(ring), 'sent')
  assert.equal(socket.bytes.length, window)
  assert.equal(out.isStopped, true)
  out.ack(window)
  out.pump(ring)
  assert.deepEqual(socket.bytes, bytes)
  assert.equal(out.isStopped, false)
})

test('a socket that does not take its bytes gets no more', () => {
  const { socket, out, ring } = setup()
  ring.append(Buffer.alloc(10))
  socket.bufferedAmount = 1000
  out.pump(ring)
  assert.equal(socket.bytes.length, 0)
  socket.bufferedAmount = 999
  out.pump(ring)
  assert.equal(socket.bytes.length, 10)
})

test('no frame cuts a character', () => {
  const { socket, out, ring } = setup()
  ring.append(Buffer.from(`x${'…'.repeat(100_000)}`))
  out.pump(ring)
  for (const frame of socket.sent) assert.ok(!frame.toString().includes('\ufffd'))
  assert.ok(socket.sent.length > 3)
})

test('a page that missed output is given a screen once it has painted what it had, and not before', () => {
  const { socket, out, ring } = setup({ ring: 200_000 })
  ring.append(Buffer.alloc(100_000, 'a'))
  out.pump(ring)
  ring.append(Buffer.alloc(400_000, 'b'))
  assert.equal(out.pump(ring), 'sent')
  out.ack(100_000 - SSH_ACK_BYTES + 1)
  socket.bufferedAmount = 1
  assert.equal(out.pump(ring), 'sent')
  socket.bufferedAmount = 0
  assert.equal(out.pump(ring), 'missed')
  out.begin(ring.end, Buffer.from('screen'))
  assert.equal(out.pump(ring), 'sent')
  assert.ok(socket.bytes.toString().endsWith('screen'))
  assert.equal(out.ack(100_000), true, 'an acknowledgement that was under way')
  assert.equal(out.acked, ring.end)
})

test('a page cannot acknowledge what it was not sent, nor take back what it said', () => {
  const { out, ring } = setup()
  ring.append(Buffer.alloc(1000))
  out.pump(ring)
  assert.equal(out.ack(1001), false)
  assert.equal(out.ack(600), true)
  assert.equal(out.ack(600), true)
  assert.equal(out.ack(599), false)
})
