import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { GatewayLimits } from '../../src/gateway/limits.js'
import { FakeTimers } from './fakes/timers.js'
import { Setup } from './fixtures/setup.js'
import { SshHost } from './fixtures/ssh-host.js'

async function withClock(
  run: (setup: Setup, timers: FakeTimers, host: SshHost) => Promise<void>,
  limits: Partial<GatewayLimits> = {},
) {
  const host = await SshHost.start()
  const timers = new FakeTimers()
  const setup = await Setup.start(() => host.target(), { timers, limits })
  try {
    await run(setup, timers, host)
  } finally {
    await setup.close()
    await host.close()
  }
}

test('a page that does not attach within ten seconds is told so and closed', async () => {
  await withClock(async (setup, timers) => {
    const page = setup.page({ silent: true })
    await once(page.socket, 'open')
    await page.until(() => setup.opened.length === 1, 'accepted')
    timers.advance(9_999)
    await turn()
    assert.equal(setup.closed.length, 0)
    page.socket.pong()
    timers.advance(1)
    await page.closed()
    assert.equal(page.problem, 'link/protocol')
  })
})

test('a page that answers pings stays; one that falls silent is gone after ten seconds, dated when it last answered', async () => {
  // The host's own proof of life answers in real time, which this clock leaves behind.
  const limits = { probeEvery: 3_600_000 }
  await withClock(async (setup, timers) => {
    const page = setup.page()
    await page.ready()
    for (let second = 0; second < 60; second += 2) {
      const ponged = once(page.socket, 'ping')
      timers.advance(2_000)
      await ponged
      // The pong is on its way back before this answer is.
      page.say({ type: 'ping', id: second })
      await page.until(() => page.messages.some(({ type, id }) => type === 'pong' && id === second), 'pong')
    }
    assert.equal(setup.closed.length, 0)
    const seen = timers.now()
    page.socket.pause()
    timers.advance(9_999)
    assert.equal(setup.closed.length, 0)
    timers.advance(1)
    assert.deepEqual(
      setup.closed.map(({ lastSeen }) => lastSeen.getTime()),
      [seen],
    )
    page.socket.resume()
    await page.closed()
    assert.equal(setup.closed.length, 1, 'once')
  }, limits)
})

test('whatever a page says shows that it is there', async () => {
  await withClock(async (setup, timers) => {
    const page = setup.page()
    await page.ready()
    timers.advance(5_000)
    const { inputs } = setup
    page.type('x')
    await page.until(() => setup.inputs === inputs + 1, 'typed')
    const seen = timers.now()
    page.cut()
    await page.until(() => setup.closed.length === 1, 'closed')
    assert.equal(setup.closed[0]?.lastSeen.getTime(), seen)
  })
})

test('a socket that does not close is ended', async () => {
  await withClock(async (setup, timers) => {
    const page = setup.page()
    await page.shows('$')
    page.socket.pause()
    setup.gateway.labPaused(setup.claims.labId)
    assert.equal(setup.closed.length, 1)
    await turn()
    timers.advance(2_000)
    page.socket.resume()
    await page.closed()
    // The shell, which is kept, may have printed: its screen is let go after a while.
    for (let hour = 0; hour < 600 && timers.pending > 0; hour++) {
      timers.advance(3_600_000)
      await delay(100)
    }
    assert.equal(timers.pending, 0, 'no timer is left of a page, nor of a shell at rest')
  })
})

test('a quiet host is asked now and then while somebody watches, and only then', async () => {
  await withClock(
    async (setup, timers, host) => {
      const page = setup.page()
      await page.shows('$')
      timers.advance(1_000)
      const { requests } = host
      timers.advance(30_000 - 1_000)
      await page.until(() => host.requests === requests + 1, 'asked')
      await page.close()
      await page.until(() => setup.closed.length === 1, 'closed')
      timers.advance(300_000)
      await turn()
      assert.equal(host.requests, requests + 1)
    },
    { silence: 1_000_000 },
  )
})
