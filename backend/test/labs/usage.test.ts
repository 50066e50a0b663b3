import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { Labs } from '../../src/labs/labs.js'
import { report, totals, type Usage } from '../../src/labs/usage.js'
import { UsageWatch } from '../../src/labs/usage-watch.js'
import { DAY, labConfig, World } from './support/world.js'

const HOUR = 3_600
const one = (change: Partial<Usage> = {}): Usage => ({
  ...{ issuer: 'https://lms', subject: 'ada', name: 'ceph-101', course: 'CEPH' },
  ...{ running: 2 * HOUR, suspended: 98 * HOUR, launches: 1, resumes: 3 },
  ...change,
})
const configs = new Map([
  ['ceph-101', labConfig({ cost: { running: 1.5, suspended: 0.02, currency: 'EUR' } })],
  ['scratch', labConfig({ name: 'scratch' })],
])

describe('the usage report', () => {
  it('sums hours and money of a lab and course, with what it would have cost always on', () => {
    const [line] = report([one(), one({ subject: 'bob', running: HOUR, suspended: 0, resumes: 0 })], configs, 'lab')
    assert.deepEqual(line, {
      ...{ lab: 'ceph-101', course: 'CEPH', learners: 2, runningHours: 3, suspendedHours: 98, launches: 2, resumes: 3 },
      money: { currency: 'EUR', cost: 3 * 1.5 + 98 * 0.02, alwaysOn: 101 * 1.5 },
    })
  })
  it('keeps courses, learners and currencies apart', () => {
    const usage = [one(), one({ course: 'OTHER' }), one({ subject: 'bob' }), one({ name: 'scratch', course: null })]
    assert.equal(report(usage, configs, 'lab').length, 3)
    const lines = report(usage, configs, 'learner')
    assert.deepEqual(lines.map(({ learner }) => learner).sort(), ['ada', 'ada', 'ada', 'bob'])
    assert.equal(lines.at(-1)?.money, undefined)
    assert.deepEqual(
      totals(lines).map(({ currency }) => currency),
      ['EUR'],
    )
  })
})

describe('the usage limit', () => {
  const limited = (over: 'warn' | 'block') => {
    const world = new World()
    const { store, clouds, configs } = world
    const usageLimit = { running: HOUR * 1000, within: 30 * DAY, over }
    const log = pino({ level: 'silent' })
    const labs = new Labs({ store, clouds, configs, usageLimit, now: () => world.now, log })
    store.used = [one({ running: HOUR })]
    return { world, labs }
  }

  it('blocks: no cloud call, and the learner is told', async () => {
    const { world, labs } = limited('block')
    await assert.rejects(
      labs.wish(world.key(), 'start'),
      (error) => error instanceof LabError && error.code === 'lab/usage-limit',
    )
    await world.settle()
    assert.deepEqual([await world.phase(), world.cloud().calls], ['absent', []])
    assert.equal((await labs.wish(world.key('bob'), 'start')).phase, 'launching')
  })

  it('warns: launched all the same, and told with every status, until there is time again', async () => {
    const { world, labs } = limited('warn')
    const status = await labs.wish(world.key(), 'start')
    assert.deepEqual([status.phase, status.notice?.code, status.problem], ['launching', 'lab/usage-limit', undefined])
    await world.settle()
    world.cloud().finish()
    await world.pass(1_000)
    assert.equal((await labs.status(world.key())).notice?.code, 'lab/usage-limit')
    await labs.wish(world.key(), 'suspend')
    world.store.used = []
    assert.equal((await labs.wish(world.key(), 'start')).notice, undefined)
  })

  for (const over of ['warn', 'block'] as const) {
    it(`reached while a lab runs: ${over === 'warn' ? 'told' : 'paused, and told'}; others go on`, async () => {
      const { world, labs } = limited(over)
      world.store.used = []
      await world.running()
      await world.running('bob')
      const limit = { running: HOUR * 1000, within: 30 * DAY, over }
      const watch = new UsageWatch({
        ...{ store: world.store, turns: world.strays, limit },
        ...{ now: () => world.now, log: pino({ level: 'silent' }) },
      })
      await watch.run()
      assert.equal((await labs.status(world.key())).notice, undefined, 'not before')
      world.store.used = [one({ issuer: world.key().issuer, running: HOUR })]
      await world.pass(60_000)
      await watch.run()
      await world.settle()
      world.cloud().finish()
      await world.pass(2_000)
      const { phase, notice } = await labs.status(world.key())
      assert.deepEqual([phase, notice?.code], [over === 'warn' ? 'running' : 'suspended', 'lab/usage-limit'])
      const other = await labs.status(world.key('bob'))
      assert.deepEqual([other.phase, other.notice], ['running', undefined])
    })
  }

  it('lets a lab that runs be asked for again', async () => {
    const { world, labs } = limited('block')
    world.store.used = []
    await world.running()
    world.store.used = [one({ running: 2 * HOUR })]
    assert.equal((await labs.wish(world.key(), 'start')).phase, 'running')
  })
})
