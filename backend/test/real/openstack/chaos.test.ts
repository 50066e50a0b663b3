/**
 * The real Keystone and Heat, three backends on one PostgreSQL, learners who arrive within ten seconds; backends and
 * Heat are killed at random, tokens live twenty seconds, a twentieth of the cloud's calls fail, get lost or hang. Then, in
 * peace, each learner must have one stack, the same as ever, in the state that is wanted. Sixty learners for ten minutes
 * with LAB_FULL=1, else ten for half a minute. By hand, with the real parts up and their `env` read:
 * `LAB_FULL=1 node --import tsx --test backend/test/real/openstack/chaos.test.ts`
 */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stackName } from '../../../src/labs/stack-name.js'
import { startEmbedded } from '../../../src/store/embedded.js'
import { Backends } from '../../chaos/backends.js'
import { Crowd, ISSUER } from '../../chaos/crowd.js'
import { brokenSteps } from '../../chaos/ledger.js'
import { log, openFolder, query } from '../../store/support/servers.js'
import { FaultProxy } from './fault-proxy.js'
import { machineTemplate } from './machine-template.js'
import { type SeenStack, Testbed } from './testbed.js'

const FULL = process.env['LAB_FULL'] === '1'
// Peace takes long for whom it found at the worst moment: a launch that runs out of time, the delete of a stack whose
// engine is dead (asked for again each minute), and a launch and a pause anew.
const SCALE = FULL
  ? { learners: 60, chaos: 600_000, rest: 20_000, heatEvery: 45_000, backendEvery: 8_000, peace: 600, launch: '2m' }
  : { learners: 10, chaos: 32_000, rest: 6_000, heatEvery: 14_000, backendEvery: 5_000, peace: 480, launch: '40s' }
const ARRIVE_MS = 10_000
const LAB = 'chaos'

const TEMPLATE = machineTemplate({ lab_create_secs: 1, lab_suspend_secs: 2, lab_resume_secs: 1 })

const configOf = (tag: string): string => `origins: [${ISSUER}]
clouds: { heat: { type: openstack, cloud: faulty, tag: ${tag} } }
trust: [{ type: jwt, issuer: ${ISSUER}, audience: labs, jwks: ./keys.json }]
defaults: { idleWarn: 8m, idleSuspend: 10m, leaveGrace: 2m, launchTimeout: ${SCALE.launch} }
labs:
  ${LAB}:
    template: chaos.yaml
    terminals: [{ name: shell, host: { output: public_ip }, user: labuser, privateKey: { output: private_key } }]
`

const around = (milliseconds: number): number => milliseconds * (0.5 + Math.random())

it(`backends and Heat killed, tokens of 20 s, 1 of 20 calls failing: one stack each, where it is wanted (${SCALE.learners} learners)`, {
  timeout: 1_500_000,
}, async (t) => {
  const testbed = await Testbed.open()
  const folder = await openFolder()
  const database = await startEmbedded({ folder: join(folder, 'database'), log })
  await testbed.restart('keystone', { TOKEN_TTL: '20' })
  await testbed.restart('heat', { TOKEN_TTL: '20' })
  const { auth_url, ...auth } = Object(await testbed.entry())['auth']
  const proxy = await FaultProxy.start({ keystone: new URL(auth_url).origin, heat: await testbed.heatUrl() })
  const crowd = await Crowd.of(LAB)
  await writeFile(join(folder, 'keys.json'), crowd.keys)
  await writeFile(join(folder, 'chaos.yaml'), TEMPLATE)
  const clouds = { faulty: { auth: { ...auth, auth_url: `${proxy.url}/v3` }, region_name: 'RegionOne' } }
  await writeFile(join(folder, 'clouds.yaml'), JSON.stringify({ clouds }))
  const backends = await Backends.start({
    ...{ count: 3, folder, database: database.connectionString, config: configOf(testbed.tag) },
    env: { OS_CLIENT_CONFIG_FILE: join(folder, 'clouds.yaml') },
  })
  crowd.meet(backends)
  t.after(async () => {
    await backends.close()
    await proxy.close()
    await database.stop()
    await testbed.restart('keystone')
    await testbed.up()
    await testbed.clear(testbed.tag)
    await testbed.dispose()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  proxy.faulty = 0.05
  let chaos = true
  let heatKills = 0
  // Other names than in any run before, whose stacks may be left.
  const learners = Array.from({ length: SCALE.learners }, (_, index) => `${testbed.tag}-${index}`)
  const live = async (subject: string, index: number): Promise<void> => {
    await sleep((ARRIVE_MS * index) / learners.length)
    await crowd.ask(subject, 'start')
    while (chaos) {
      await sleep(around(SCALE.rest))
      await crowd.ask(subject, index % 2 === 0 || Math.random() < 0.5 ? 'start' : 'suspend')
    }
  }
  const killBackends = async (): Promise<void> => {
    while (chaos) {
      await sleep(around(SCALE.backendEvery))
      await backends.killOne()
    }
  }
  const killHeat = async (): Promise<void> => {
    while (chaos) {
      await sleep(around(SCALE.heatEvery))
      await testbed.kill('heat')
      heatKills += 1
      await sleep(around(2_000))
      await testbed.up({ TOKEN_TTL: '20' })
    }
  }
  /** Which stacks of a name there were, and from when to when. */
  const lives = new Map<string, Map<string, { first: number; last: number }>>()
  const note = (stacks: readonly SeenStack[], at: number): void => {
    for (const { name, id } of stacks) {
      const ids = lives.get(name) ?? new Map()
      ids.set(id, { first: ids.get(id)?.first ?? at, last: at })
      lives.set(name, ids)
    }
  }
  const watch = async (): Promise<void> => {
    while (chaos) {
      await sleep(3_000)
      const at = Date.now()
      note(await testbed.stacksOf(testbed.tag).catch(() => []), at)
    }
  }
  const done = Promise.all([killBackends(), killHeat(), watch(), ...learners.map(live)])
  await sleep(SCALE.chaos)
  chaos = false
  await done
  proxy.faulty = 0
  const begin = performance.now()

  /** As people do: whoever sees that it failed tries again; the odd ones pause in the end. */
  const settle = async (subject: string, index: number): Promise<void> => {
    const wanted = index % 2 === 0 ? 'running' : 'suspended'
    for (;;) {
      const phase = await crowd.ask(subject, 'status')
      if (phase === wanted) return
      if (phase === 'running') await crowd.ask(subject, 'suspend')
      else if (phase === 'failed' || phase === 'absent' || wanted === 'running') await crowd.ask(subject, 'start')
      assert.ok(performance.now() - begin < SCALE.peace * 1000, `${subject} is ${phase}`)
      await sleep(1_000)
    }
  }
  try {
    await Promise.all(learners.map(settle))
  } catch (error) {
    const bad = `select subject, stack, phase, desired, resetting, attempts, problem, reason, since, started_at, look_at, now()
      from lab_terminal.lab where phase <> desired`
    t.diagnostic(JSON.stringify(await query(database.connectionString, bad)))
    t.diagnostic(JSON.stringify(await testbed.stacksOf(testbed.tag)))
    throw error
  }
  const settled = (performance.now() - begin) / 1000

  const final = await testbed.stacksOf(testbed.tag)
  note(final, Date.now())
  assert.deepEqual(
    final.map(({ name }) => name).sort(),
    learners.map((subject) => stackName({ issuer: ISSUER, subject, name: LAB })).sort(),
    'one stack each, and none besides',
  )
  const history = (subject: string) =>
    query(
      database.connectionString,
      'select phase_from, phase_to, at, cause from lab_terminal.ledger where subject = $1 order by id',
      [subject],
    )
  const ran = await query<{ subject: string; first: Date }>(
    database.connectionString,
    `select subject, min(at) as first from lab_terminal.ledger
      where phase_to in ('running', 'suspended') group by subject`,
  )
  for (const [index, subject] of learners.entries()) {
    const name = stackName({ issuer: ISSUER, subject, name: LAB })
    const stack = final.find((one) => one.name === name)
    const status = stack?.status ?? ''
    assert.match(status, index % 2 === 0 ? /^(CREATE|RESUME|CHECK)_COMPLETE$/ : /^SUSPEND_COMPLETE$/, subject)
    assert.equal((await testbed.servers(name)).length, 1, `${subject} has one server`)
    // A launch that failed is cleared away; a lab that was there once is never another one.
    const first = ran.find((one) => one.subject === subject)?.first.getTime() ?? Number.POSITIVE_INFINITY
    for (const [id, seen] of lives.get(name) ?? []) {
      const same = id === stack?.id || seen.last < first
      if (!same) t.diagnostic(JSON.stringify({ id, seen, final: stack, ledger: await history(subject) }))
      assert.ok(same, `${subject} ran, and was built anew`)
    }
  }
  assert.deepEqual(await brokenSteps(database.connectionString), [], 'the ledger adds up')
  const mends = proxy.heard.filter(({ method, path }) => method === 'POST' && path.endsWith('/actions')).length
  t.diagnostic(
    `${backends.kills} backends and Heat ${heatKills} times killed, ${proxy.failed} of ${proxy.calls} calls failed, ` +
      `${mends} actions; all as wanted ${settled.toFixed(0)} s after`,
  )
})
