import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SSH_ACK_BYTES, SSH_WINDOW_BYTES } from '../../../src/wire/ssh.js'
import { SendWindow } from '../../src/gateway/send-window.js'

const FRAME = 32 * 1024

/**
 * A flood to a page that paints `rate` bytes in a millisecond, `way` milliseconds there and back. Answers the window and
 * how much was painted in a millisecond.
 */
function flood(window: SendWindow, { rate, way, ms = 5_000 }: { rate: number; way: number; ms?: number }) {
  let [sent, painted, acked] = [0, 0, 0]
  const acks: { seq: number; at: number }[] = []
  const arrivals: { seq: number; at: number }[] = []
  for (let now = 0; now < ms; now++) {
    while (acks[0] && acks[0].at <= now) {
      const { seq } = acks.shift() ?? { seq: 0 }
      window.acked(seq, seq - acked, now)
      acked = seq
    }
    while (sent - acked < window.size) {
      const before = sent - acked
      sent += Math.min(FRAME, window.size - before)
      window.sent(sent, before, now)
      arrivals.push({ seq: sent, at: now + way / 2 })
    }
    const there = arrivals.filter(({ at }) => at <= now).at(-1)?.seq ?? 0
    painted = Math.min(painted + rate, there)
    const last = acks.at(-1)?.seq ?? acked
    if (painted - last >= SSH_ACK_BYTES) acks.push({ seq: painted, at: now + way / 2 })
  }
  return { size: window.size, throughput: painted / ms, queueMs: window.size / rate - way }
}

test('a page beside the server that paints slowly is not given more than it paints soon', () => {
  for (const rate of [4_000, 8_000]) {
    const { size, throughput, queueMs } = flood(new SendWindow(), { rate, way: 2 })
    assert.ok(throughput > rate * 0.95, `${throughput} of ${rate}`)
    assert.ok(queueMs < 80, `${queueMs} ms`)
    assert.ok(Number.isSafeInteger(size), 'whole bytes')
  }
})

test('a page far away is given as much as fits on the way', () => {
  const { size, throughput } = flood(new SendWindow(), { rate: 10_000, way: 200 })
  assert.equal(size, SSH_WINDOW_BYTES)
  assert.ok(throughput > 2_000, `${throughput}`)
})

test('a page that becomes slow has a smaller window, and one that becomes quick a larger one', () => {
  const window = new SendWindow()
  const quick = flood(window, { rate: 20_000, way: 2 }).size
  window.reset()
  const slow = flood(window, { rate: 2_000, way: 2 }).size
  window.reset()
  const again = flood(window, { rate: 20_000, way: 2 }).size
  assert.ok(slow < quick / 2, `${slow} of ${quick}`)
  assert.ok(again > quick / 2, `${again} of ${quick}`)
})

test('what was sent before another beginning is not waited for', () => {
  const window = new SendWindow()
  window.sent(1_000, 0, 0)
  window.reset()
  const { size } = window
  window.acked(1_000, 1_000, 5_000)
  assert.equal(window.size, size)
})
