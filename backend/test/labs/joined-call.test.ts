import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JoinedCall } from '../../src/labs/joined-call.js'

/** A call that answers with its number; each moment of the clock is one millisecond. */
function numbered() {
  let now = 0
  let calls = 0
  const pass = (ms: number): void => {
    now += ms
  }
  const clock = { now: () => now, sleep: async (ms: number) => pass(ms) }
  const joined = new JoinedCall(async () => ++calls, 250, clock)
  return { joined, pass, now: clock.now }
}

describe('a joined call', () => {
  it('answers all that ask while it waits, and none that ask later', async () => {
    const { joined } = numbered()
    assert.deepEqual(await Promise.all([joined.ask(), joined.ask()]), [1, 1])
    assert.equal(await joined.ask(), 2)
  })

  it('begins no sooner than its gap after the one before', async () => {
    const { joined, now, pass } = numbered()
    await joined.ask()
    pass(100)
    await joined.ask()
    assert.equal(now(), 250)
  })

  it('answers again who is content with what was found since', async () => {
    const { joined, pass, now } = numbered()
    const asked = now()
    await joined.ask()
    pass(1_000)
    assert.equal(await joined.ask(asked), 1)
    assert.equal(await joined.ask(asked + 1), 2)
  })

  it('keeps no answer of a call that failed', async () => {
    let calls = 0
    const joined = new JoinedCall(
      async () => {
        if (++calls === 1) throw new Error('away')
        return calls
      },
      0,
      { now: () => 0, sleep: async () => undefined },
    )
    await assert.rejects(joined.ask(0), /away/)
    assert.equal(await joined.ask(0), 2)
  })
})
