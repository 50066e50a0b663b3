import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { FleetingSecrets } from '../../src/cli/fleeting-secrets.js'
import type { LabConfig } from '../../src/config/config.js'
import { HookRuns } from '../../src/labs/hook-runs.js'
import { Labs } from '../../src/labs/labs.js'
import { Looks } from '../../src/labs/looks.js'
import { Reconciler } from '../../src/labs/reconciler.js'
import { FakeCloud } from '../fakes/cloud.js'
import { FakeLabStore } from '../fakes/lab-store.js'

const MIN = 60_000
const config: LabConfig = {
  name: 'ceph-101',
  title: 'Ceph',
  clouds: [{ name: 'fake' }],
  terminals: [],
  policy: { idleWarn: 10 * MIN, idleSuspend: 12 * MIN, leaveGrace: 2 * MIN, deleteAfter: 0, launchTimeout: 15 * MIN },
}
const key = { issuer: 'https://lms', subject: 'ada', name: 'ceph-101' }

function setUp() {
  const clock = { time: new Date('2026-11-22T12:00:00Z') }
  const now = (): Date => clock.time
  const store = new FakeLabStore()
  const cloud = new FakeCloud()
  const clouds = new Map([['fake', cloud]])
  const log = pino({ level: 'silent' })
  const labs = new Labs({ store, clouds, configs: new Map([[config.name, config]]), now, log })
  const hooks = new HookRuns({ store, hooks: { run: async () => undefined }, now, log })
  const secrets = new FleetingSecrets()
  const reconciler = new Reconciler({
    secrets,
    ...{ store, clouds, labs: new Map([[config.name, config]]), hooks, now, log },
    looks: new Looks({ now: () => clock.time.getTime(), sleep: async () => undefined }),
    readiness: { probe: async () => ({ ready: true }) },
  })
  const run = async (): Promise<void> => {
    for (const { id } of await store.list()) await reconciler.run(id)
  }
  const phase = async (): Promise<string> => (await labs.status(key)).phase
  return { clock, store, cloud, secrets, labs, reconciler, run, phase }
}

describe('a lab, once through', () => {
  it('launches, is suspended when idle, comes back, is reset', async () => {
    const { clock, store, cloud, secrets, labs, run, phase } = setUp()
    assert.equal((await labs.wish(key, 'start')).phase, 'launching')
    const [{ id } = { id: '' }] = await store.list()
    await secrets.ensure(id, 'key', () => 'its key')
    await run()
    cloud.finish()
    await run()
    assert.equal(await phase(), 'running')
    clock.time = new Date(clock.time.getTime() + 12 * MIN)
    await run()
    assert.equal(await phase(), 'suspending')
    assert.equal((await labs.wish(key, 'start')).desired, 'running')
    await run()
    assert.equal(await phase(), 'suspending')
    cloud.finish()
    await run()
    assert.equal(await phase(), 'resuming')
    cloud.finish()
    await run()
    assert.equal(await phase(), 'running')
    assert.equal(await secrets.find(id, 'key'), 'its key')
    await labs.wish(key, 'reset')
    await run()
    cloud.finish()
    await run()
    cloud.finish()
    await run()
    assert.equal(await phase(), 'running')
    assert.deepEqual(cloud.calls, ['create', 'suspend', 'resume', 'delete', 'create'])
    assert.equal(cloud.stacks.size, 1)
    assert.equal(await secrets.find(id, 'key'), undefined, 'the stack that had it is gone')
  })

  it('asks where a lab is only while somebody waits to be let in', async () => {
    const { cloud, labs, run, phase } = setUp()
    await labs.wish(key, 'start')
    await run()
    cloud.finish()
    await run()
    assert.equal(await phase(), 'running')
    assert.ok(cloud.wholeLooks > 0)
    cloud.wholeLooks = 0
    await labs.wish(key, 'suspend')
    await run()
    cloud.finish()
    await run()
    assert.deepEqual([await phase(), cloud.wholeLooks], ['suspended', 0])
  })

  it('makes one lab of many starts', async () => {
    const { cloud, labs, reconciler, store } = setUp()
    await Promise.all(Array.from({ length: 50 }, () => labs.wish(key, 'start')))
    const [lab] = await store.list()
    assert.ok(lab)
    await Promise.all(Array.from({ length: 10 }, () => reconciler.run(lab.id)))
    assert.equal(store.labs.size, 1)
    assert.deepEqual(cloud.calls, ['create'])
  })

  it('keeps a lab through a cloud that fails, and says so', async () => {
    const { clock, cloud, labs, run, phase, store } = setUp()
    await labs.wish(key, 'start')
    await run()
    cloud.finish()
    await run()
    await labs.wish(key, 'suspend')
    await run()
    cloud.finish()
    await run()
    assert.equal(await phase(), 'suspended')
    cloud.failures.set('observe', new LabError('cloud/unreachable'))
    await labs.wish(key, 'start')
    await run()
    const status = await labs.status(key)
    assert.deepEqual([status.phase, status.problem?.code], ['resuming', 'cloud/unreachable'])
    cloud.failures.clear()
    clock.time = new Date(clock.time.getTime() + MIN)
    await run()
    cloud.finish()
    await run()
    const after = await labs.status(key)
    assert.deepEqual([after.phase, after.problem], ['running', undefined])
    assert.deepEqual(cloud.calls, ['create', 'suspend', 'resume'])
    assert.equal([...store.labs.values()][0]?.reason, null)
  })

  it('leaves no trace of looking, leaving or resetting where there is no lab', async () => {
    const { labs, store } = setUp()
    assert.equal((await labs.status(key)).phase, 'absent')
    for (const wish of ['touch', 'suspend', 'reset'] as const)
      assert.equal((await labs.wish(key, wish)).phase, 'absent')
    assert.equal(store.labs.size, 0)
  })

  it('shrinks the lease with the last page only', async () => {
    const { clock, cloud, labs, run, store } = setUp()
    await labs.wish(key, 'start')
    await run()
    cloud.finish()
    await run()
    const [lab] = await store.list()
    assert.ok(lab)
    await labs.linkOpened(lab.id, 'a')
    await labs.linkOpened(lab.id, 'b')
    const before = (await store.get(lab.id))?.suspendAt
    await labs.linkClosed(lab.id, 'a', clock.time)
    assert.deepEqual((await store.get(lab.id))?.suspendAt, before)
    await labs.linkClosed(lab.id, 'b', clock.time)
    assert.deepEqual((await store.get(lab.id))?.suspendAt, new Date(clock.time.getTime() + 2 * MIN))
    await labs.linkOpened(lab.id, 'c')
    assert.deepEqual((await store.get(lab.id))?.suspendAt, before)
  })

  it('tells watchers the newest, and a slow one not each step', async () => {
    const { labs, store } = setUp()
    await labs.wish(key, 'start')
    const [lab] = await store.list()
    assert.ok(lab)
    const seen: number[] = []
    const stop = labs.watch(lab.id, 'ceph-101', ({ rev }) => seen.push(rev))
    for (let i = 0; i < 20; i++) await store.update(lab.id, ({ attempts }) => ({ attempts: attempts + 1 }))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(seen.at(-1), (await store.get(lab.id))?.rev)
    assert.ok(seen.length <= 21)
    stop()
  })
})
