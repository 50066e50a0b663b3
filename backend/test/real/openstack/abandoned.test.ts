/**
 * Learners who all leave at once, on the real Heat: 200 with LAB_FULL=1, else 24. Beside it what Heat itself takes for the
 * same stacks when a bare client asks sixteen at a time: on a small machine that is most of it.
 */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { stackName } from '../../../src/labs/stack-name.js'
import { startEmbedded } from '../../../src/store/embedded.js'
import { labConfig } from '../../labs/support/world.js'
import { log, openFolder } from '../../store/support/servers.js'
import { type Replica, startReplica, until } from '../../store/support/service.js'
import { FaultProxy } from './fault-proxy.js'
import { Testbed } from './testbed.js'

const LABS = process.env['LAB_FULL'] === '1' ? 200 : 24
const CONCURRENCY = 16
/** As in the service: calls that begin in a second, from each of two replicas. */
const LIMITS = { atOnce: CONCURRENCY, perSecond: 20, burst: 20 }
/** So many calls may come together, and so many in the second after. */
const BOUND = 2 * (LIMITS.burst + LIMITS.perSecond)
const PATIENCE_SECONDS = 600

const TEMPLATE = `heat_template_version: 2018-08-31
resources:
  server:
    type: OS::Nova::Server
    properties:
      { flavor: small, image: debian, networks: [{ network: public }], metadata: { lab_suspend_secs: 2 } }
`

it(`${LABS} labs abandoned at once sleep within a minute of their deadline, by a bounded number of calls`, {
  timeout: 2_400_000,
}, async (t) => {
  const testbed = await Testbed.open()
  await testbed.restart('heat', { MAX_STACKS: '500' })
  const folder = await openFolder()
  const database = await startEmbedded({ folder: join(folder, 'database'), log })
  const entry = Object(await testbed.entry())
  const proxy = await FaultProxy.start({
    keystone: new URL(entry.auth.auth_url).origin,
    heat: await testbed.heatUrl(),
  })
  const account = () => testbed.account({ auth: { auth_url: `${proxy.url}/v3` } })
  const source = { template: await testbed.file('abandoned.yaml', TEMPLATE), parameters: {}, run: '2026', outputs: [] }
  const labOf = () => ({ ...source, launchTimeout: 15 * 60_000 })
  const replicas: Replica[] = []
  t.after(async () => {
    for (const replica of replicas) await replica.stop()
    await testbed.clear(testbed.tag)
    await testbed.restart('heat')
    await testbed.dispose()
    await proxy.close()
    await database.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  for (const name of ['one', 'two']) {
    const clouds = [testbed.cloud({ account, labOf, limits: LIMITS })]
    const configs = [labConfig({ clouds: [{ name: 'testbed' }] })]
    replicas.push(
      await startReplica({ url: database.connectionString, name, clouds, configs, concurrency: CONCURRENCY }),
    )
  }
  const labs = replicas[0]?.store.labs
  assert.ok(labs)

  const subjects = Array.from({ length: LABS }, (_, index) => `learner-${index}`)
  const rows = await Promise.all(
    subjects.map((subject) => labs.ensure({ issuer: 'https://lms', subject, name: 'ceph-101' })),
  )
  // No more at once than a small machine answers in time.
  const builder = testbed.cloud({ labOf, limits: { ...LIMITS, atOnce: 4 } })
  await Promise.all(rows.map((lab) => builder.create({ stack: stackName(lab), lab })))
  await until('all built', PATIENCE_SECONDS, async () => all(await testbed.stacksOf(testbed.tag), 'CREATE_COMPLETE'))

  const deadline = new Date(Date.now() + 3_000)
  for (const lab of rows) {
    await labs.update(lab.id, () => ({
      ...{ phase: 'running', desired: 'running', cloud: 'testbed', stack: stackName(lab) },
      ...{ activeAt: new Date(0), suspendAt: deadline, lookAt: deadline },
    }))
  }
  assert.ok(new Date() < deadline, 'the deadline is yet to come')
  await until('all asleep', PATIENCE_SECONDS, async () => (await labs.count()).get('suspended') === LABS)
  const took = (Date.now() - deadline.getTime()) / 1000
  const heard = proxy.heard.filter(({ at }) => at >= deadline.getTime())
  const busiest = busiestSecond(heard.map(({ at }) => at))
  const suspends = heard.filter(({ method, path }) => method === 'POST' && path.endsWith('/actions')).length
  const stacks = await testbed.stacksOf(testbed.tag)
  assert.ok(all(stacks, 'SUSPEND_COMPLETE'), 'Heat says so too')

  await testbed.allByHand(stacks, 'resume', CONCURRENCY)
  const heat = await testbed.allByHand(stacks, 'suspend', CONCURRENCY)
  t.diagnostic(
    `${LABS} labs asleep ${took.toFixed(1)} s after the deadline (a bare client needs ${heat.toFixed(1)} s); ` +
      `${heard.length} calls, at most ${busiest} in a second; ${suspends} suspends`,
  )
  assert.equal(suspends, LABS, 'each suspended once')
  assert.ok(busiest <= BOUND, `${busiest} calls in a second`)
  // A machine on which Heat alone takes longer cannot show more.
  assert.ok(took <= Math.max(60, 2 * heat), `${took} s; Heat alone ${heat} s`)
})

function all(stacks: readonly { status: string }[], status: string): boolean {
  return stacks.length === LABS && stacks.every((one) => one.status === status)
}

/** The most calls within any second. */
function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((at, index) => times.slice(index).filter((other) => other < at + 1000).length))
}
