/** Megabytes of each kind of hostile output: what a replica holds of it in the middle, and after it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOSTILE_NAMES, hostileBytes } from './fixtures/hostile.js'
import { Measured } from './fixtures/measured.js'
import { Page } from './fixtures/page.js'

const MB = 1024 * 1024
/** For whatever must happen, on a slow machine too. */
const LONG = 300_000
/** The ring is one of them, garbage some more; xterm would hold hundreds. */
const MOST = 16 * MB

test('megabytes of each kind of hostile output hold no memory, and the shell goes on', {
  timeout: 900_000,
}, async (t) => {
  const measured = await Measured.start('hostile')
  const used = async () => {
    const { heapUsed, external } = await measured.memory()
    return heapUsed + external
  }
  const page = new Page(measured.url, { blind: true })
  try {
    await page.ready()
    let most = 0
    for (const name of HOSTILE_NAMES) {
      const before = await used()
      const from = page.screen.received
      page.screen.text = []
      page.type(`${name}\n`)
      await page.until(() => page.screen.received > from + 0.48 * hostileBytes(name), name, LONG)
      const middle = (await used()) - before
      page.type('the rest\n')
      const over = () => page.screen.text?.slice(-2).some((bytes) => bytes.includes('\x18\x1bcover')) === true
      await page.until(over, `after ${name}`, LONG)
      const after = (await used()) - before
      assert.ok(Math.max(middle, after) < MOST, `${name}: ${middle} bytes more in the middle, ${after} after it`)
      most = Math.max(most, middle, after)
    }
    t.diagnostic(`at most ${(most / MB).toFixed(1)} MB more`)
  } finally {
    page.cut()
    await measured.close()
  }
})
