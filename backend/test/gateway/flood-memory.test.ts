/** A flood with a stopped tab: what the process as a whole takes, in a process of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Measured } from './fixtures/measured.js'
import { Page } from './fixtures/page.js'

const MB = 1024 * 1024
const FLOOD = (process.env['LAB_FULL'] === '1' ? 1024 : 96) * MB
const WARM = 32 * MB
const STEP = 16 * MB

test(`${FLOOD / MB} MB beside a stopped tab: at most 20 MB more are resident`, { timeout: 900_000 }, async (t) => {
  const measured = await Measured.start(FLOOD)
  const stopped = new Page(measured.url, { stopped: true })
  try {
    const reads = new Page(measured.url, { blind: true })
    await Promise.all([stopped.ready(), reads.ready()])
    // A tab that is stopped reads nothing either.
    stopped.socket.pause()
    await reads.until(() => reads.screen.received > WARM, 'warm', 300_000)
    const before = (await measured.memory()).rss
    let most = 0
    for (let next = WARM + STEP; next <= FLOOD; next += STEP) {
      await reads.until(() => reads.screen.received >= next, `${next} bytes`, 300_000)
      most = Math.max(most, (await measured.memory()).rss - before)
    }
    t.diagnostic(`${FLOOD / MB} MB of output: ${(most / MB).toFixed(1)} MB more resident`)
    assert.ok(most <= 20 * MB, `${(most / MB).toFixed(1)} MB more`)
    await reads.close()
  } finally {
    stopped.cut()
    await measured.close()
  }
})
