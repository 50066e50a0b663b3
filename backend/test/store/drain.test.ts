/** A class that leaves at once, and a class that arrives at once, on two replicas and a real database. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FakeCloud } from '../fakes/cloud.js'
import { labConfig } from '../labs/support/world.js'
import { onEachServer } from './support/servers.js'
import { startReplica, until } from './support/service.js'

const CONCURRENCY = 16
const now = (): Date => new Date()

/** The most calls within any second. */
function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((at, index) => times.slice(index).filter((other) => other < at + 1000).length))
}

onEachServer((_name, server) => {
  it('200 labs abandoned at once sleep within a minute of their deadline, by a bounded number of calls', async (t) => {
    const cloud = new FakeCloud('a', now)
    cloud.takes.set('suspend', 2_000)
    const url = await server.fresh()
    const options = { url, clouds: [cloud], configs: [labConfig()], concurrency: CONCURRENCY }
    const replicas = [
      await startReplica({ ...options, name: 'one' }),
      await startReplica({ ...options, name: 'two' }),
    ] as const
    t.after(async () => {
      for (const replica of replicas) await replica.stop()
    })
    const [{ store }] = replicas
    const rows = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        store.labs.ensure({ issuer: 'https://lms', subject: `learner-${index}`, name: 'ceph-101' }),
      ),
    )
    const deadline = new Date(Date.now() + 5_000)
    for (const { id } of rows) {
      cloud.stacks.set(id, { state: 'running', outputs: {} })
      await store.labs.update(id, () => ({
        ...{ phase: 'running', desired: 'running', cloud: 'a', stack: id },
        ...{ activeAt: new Date(0), suspendAt: deadline, lookAt: deadline },
      }))
    }
    assert.ok(now() < deadline, 'the deadline is yet to come')
    await until('all asleep', 120, async () => (await store.labs.count()).get('suspended') === 200)
    const took = (Date.now() - deadline.getTime()) / 1000
    const busiest = busiestSecond(cloud.times.filter((at) => at >= deadline.getTime()))
    t.diagnostic(`200 labs asleep ${took.toFixed(1)} s after the deadline; at most ${busiest} calls in a second`)
    assert.ok(took <= 60, `${took} s`)
    assert.ok(busiest <= 4 * CONCURRENCY + CONCURRENCY, `${busiest} calls in a second`)
    assert.equal(cloud.calls.filter((call) => call === 'suspend').length, 200)
  })
})
