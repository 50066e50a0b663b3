/**
 * Three backends on one PostgreSQL, sixty learners who arrive within ten seconds, backends killed at random and a
 * twentieth of the cloud's calls failing; then, in peace, each lab must be where it is wanted, once, with a ledger that
 * adds up. Twenty seconds of it, with a cloud of our own; with the real Heat: backend/test/real/openstack/chaos.test.ts.
 */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stackName } from '../../src/labs/stack-name.js'
import { startEmbedded } from '../../src/store/embedded.js'
import { log, openFolder, query } from '../store/support/servers.js'
import { until } from '../store/support/service.js'
import { Backends } from './backends.js'
import { Crowd, ISSUER } from './crowd.js'
import { brokenSteps } from './ledger.js'
import { ScriptedCloudServer } from './scripted-cloud.js'

const LEARNERS = 60
const ARRIVE_MS = 10_000
const CHAOS_MS = 20_000
const KILLS = 3
const CONFIG = `origins: [${ISSUER}]
clouds: { here: { type: local } }
trust: [{ type: jwt, issuer: ${ISSUER}, audience: labs, jwks: ./keys.json }]
defaults: { idleWarn: 25s, idleSuspend: 50s, leaveGrace: 5s, launchTimeout: 10m }
labs: { ceph-101: {} }
`

it('three backends, sixty learners, kills and failures: one lab each, where it is wanted', {
  timeout: 600_000,
}, async (t) => {
  const folder = await openFolder()
  const database = await startEmbedded({ folder: join(folder, 'database'), log })
  const cloud = await ScriptedCloudServer.start()
  const crowd = await Crowd.of('ceph-101')
  await writeFile(join(folder, 'keys.json'), crowd.keys)
  const backends = await Backends.start({
    ...{ count: 3, folder, database: database.connectionString, config: CONFIG, scriptedCloud: cloud.url },
  })
  crowd.meet(backends)
  t.after(async () => {
    await backends.close()
    await cloud.close()
    await database.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  cloud.faulty = 0.05
  let chaos = true
  const learners = Array.from({ length: LEARNERS }, (_, index) => `learner-${index}`)
  /** The even ones stay and work; the odd ones come, pause, and come again, and have paused in the end. */
  const live = async (subject: string, index: number): Promise<void> => {
    await sleep((ARRIVE_MS * index) / LEARNERS)
    await crowd.ask(subject, 'start')
    while (chaos) {
      await sleep(3_000 + Math.random() * 6_000)
      await crowd.ask(subject, index % 2 === 0 ? 'start' : Math.random() < 0.5 ? 'suspend' : 'start')
    }
    await crowd.ask(subject, index % 2 === 0 ? 'start' : 'suspend')
  }
  const kill = async (): Promise<void> => {
    while (chaos) {
      await sleep(3_000 + Math.random() * 4_000)
      await backends.killOne()
    }
  }
  const killing = kill()
  const living = learners.map(live)
  await sleep(CHAOS_MS)
  await until(`${KILLS} kills`, 300, async () => backends.kills >= KILLS)
  chaos = false
  cloud.faulty = 0
  await Promise.all([killing, ...living])

  // Those who work say so until all is settled.
  let settled = false
  const working = (async () => {
    while (!settled) {
      await Promise.all(learners.filter((_, index) => index % 2 === 0).map((subject) => crowd.ask(subject, 'touch')))
      await sleep(10_000)
    }
  })()
  const rows = () =>
    query<{ subject: string; phase: string; desired: string }>(
      database.connectionString,
      'select subject, phase, desired from lab_terminal.lab',
    )
  try {
    await until('all labs where they are wanted', 120, async () =>
      (await rows()).every((row) => row.phase === row.desired),
    )
  } finally {
    settled = true
    await working
  }

  const facts = cloud.facts()
  for (const { subject, phase } of await rows()) {
    const even = Number(subject.split('-')[1]) % 2 === 0
    const stack = stackName({ issuer: ISSUER, subject, name: 'ceph-101' })
    // Whoever pauses a lab before its launch reached the cloud has none.
    const built = even || phase !== 'absent'
    assert.equal(phase, even ? 'running' : built ? 'suspended' : 'absent', subject)
    assert.equal(facts.stacks[stack], built ? phase : undefined, subject)
    assert.equal(facts.made[stack], built ? 1 : undefined, `${subject} was built once, or never`)
  }
  assert.deepEqual(facts.deleted, [], 'nothing was deleted')
  assert.deepEqual(await brokenSteps(database.connectionString), [], 'the ledger adds up')
  t.diagnostic(`${backends.kills} kills, ${facts.failed} of ${facts.calls} calls to the cloud failed`)
})
