/** A guacd that stops, by a clock that the test owns. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeGuacd } from '../fakes/guacd.js'
import { FakeTimers } from '../fakes/timers.js'
import { DeskSetup } from './fixtures/setup.js'
import { until } from './fixtures/tunnel.js'

const STEP = 50

describe('a guacd that owes a sign of life', () => {
  let guacd: FakeGuacd
  let timers: FakeTimers
  let setup: DeskSetup

  beforeEach(async () => {
    guacd = await FakeGuacd.start()
    timers = new FakeTimers()
    setup = await DeskSetup.start([guacd.address], { timers })
  })
  afterEach(async () => {
    await setup.close()
    await guacd.close()
  })

  /** guacd has answered all that it was asked so far. */
  async function answered(): Promise<void> {
    const [user] = guacd.users
    const asked = user?.asked ?? 0
    timers.advance(500)
    await until(() => (user?.asked ?? 0) > asked, 'the question')
    // Behind its answer, and seen by the page.
    user?.say('name', 'answered')
  }

  for (const phase of [0, 50, 200, 250, 300, 450]) {
    test(`is told to the page within two seconds, ${phase} ms after it has answered`, async () => {
      const tunnel = setup.tunnel()
      await tunnel.drawn()
      await answered()
      await tunnel.until(() => tunnel.heardOf('name').length > 0, 'the answer')
      timers.advance(phase)
      guacd.users[0]?.socket.pause()
      let waited = 0
      while (tunnel.closed === undefined && waited < 10_000) {
        timers.advance(STEP)
        waited += STEP
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.equal(tunnel.problem, 'link/desktop-unavailable')
      assert.ok(waited <= 2_000, `${waited} ms`)
    })
  }

  test('and answers a second later is no reason to end anything, nor is one that draws meanwhile', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    const [user] = guacd.users
    for (let round = 0; round < 10; round++) {
      user?.socket.pause()
      timers.advance(1_000)
      user?.socket.resume()
      await until(() => (user?.asked ?? 0) > round, 'the question')
      user?.say('name', `${round}`)
      await tunnel.until(() => tunnel.heardOf('name').length > round, 'the answer')
    }
    user?.socket.pause()
    for (let frame = 0; frame < 20; frame++) {
      timers.advance(1_000)
      user?.say('name', `frame ${frame}`)
      await tunnel.until(() => tunnel.heardOf('name').at(-1)?.[1] === `frame ${frame}`, 'a frame')
    }
    assert.equal(tunnel.closed, undefined)
    await tunnel.close()
  })

  test('while this process stands still guacd is not late', async () => {
    const real = await DeskSetup.start([guacd.address])
    const tunnel = real.tunnel()
    await tunnel.drawn()
    // Right behind a question.
    await until(() => guacd.users.at(-1)?.asked === 1, 'a question')
    const end = Date.now() + 2_500
    while (Date.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(tunnel.closed, undefined)
    await real.close()
  })
})
