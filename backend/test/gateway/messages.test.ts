import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseClientMessage } from '../../src/gateway/messages.js'

const attach = { type: 'attach', cols: 80, rows: 24 }

test('the messages of a page are understood, and no more of them than the protocol has', () => {
  const good: [unknown, unknown?][] = [
    [attach],
    [{ ...attach, have: { stream: 'x', seq: 5 } }],
    [
      { ...attach, have: { stream: 'x', seq: 5, more: 1 }, user: 'root' },
      { ...attach, have: { stream: 'x', seq: 5 } },
    ],
    [{ type: 'resize', cols: 1, rows: 1000 }],
    [{ type: 'ack', seq: 0 }],
    [{ type: 'ping', id: 3 }],
    [{ type: 'new-shell', command: 'rm' }, { type: 'new-shell' }],
  ]
  for (const [sent, read = sent] of good) assert.deepEqual(parseClientMessage(JSON.stringify(sent)), read)
})

test('everything else is not', () => {
  const bad = [
    null,
    1,
    'attach',
    [],
    {},
    { type: 1 },
    { type: 'exec' },
    { type: '__proto__' },
    { type: 'attach' },
    { ...attach, cols: 0 },
    { ...attach, cols: 1001 },
    { ...attach, cols: 1.5 },
    { ...attach, cols: '80' },
    { ...attach, rows: -1 },
    { ...attach, rows: null },
    { ...attach, have: 1 },
    { ...attach, have: null },
    { ...attach, have: [] },
    { ...attach, have: { stream: 'x' } },
    { ...attach, have: { stream: 1, seq: 1 } },
    { ...attach, have: { stream: 'x', seq: -1 } },
    { ...attach, have: { stream: 'x', seq: 1e300 } },
    { ...attach, have: { stream: 'x'.repeat(65), seq: 1 } },
    { type: 'resize', cols: 80 },
    { type: 'resize', cols: 2 ** 53, rows: 1 },
    { type: 'ack' },
    { type: 'ack', seq: -1 },
    { type: 'ack', seq: 0.1 },
    { type: 'ack', seq: '1' },
    { type: 'ack', seq: 2 ** 53 },
    { type: 'ping' },
    { type: 'ping', id: -1 },
    { type: 'ping', id: {} },
  ]
  for (const sent of bad) assert.equal(parseClientMessage(JSON.stringify(sent)), undefined, JSON.stringify(sent))
  for (const text of ['', '{', 'nope', '{"type":"ack","seq":1e400}', '\u0000'])
    assert.equal(parseClientMessage(text), undefined)
})
