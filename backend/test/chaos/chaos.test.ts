/**
 * Three backends on one PostgreSQL, sixty learners who arrive within ten seconds, backends killed at random and a
 * twentieth of the cloud's calls failing; then, in peace, each lab must be where it is wanted, once, with a ledger that
 * adds up. Twenty seconds of it; ten minutes by `LAB_FULL=1 node --import tsx --test backend/test/chaos/chaos.test.ts`.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { createIssuer } from '../../src/auth/issuer.js'
import { stackName } from '../../src/labs/stack-name.js'
import { startEmbedded } from '../../src/store/embedded.js'
import { Child } from '../store/support/children.js'
import { log, openFolder, query } from '../store/support/servers.js'
import { until } from '../store/support/service.js'
import { ScriptedCloudServer } from './scripted-cloud.js'

const FULL = process.env['LAB_FULL'] === '1'
const LEARNERS = 60
const ARRIVE_MS = 10_000
const CHAOS_MS = FULL ? 600_000 : 20_000
const REPLICAS = 3
const ISSUER = 'https://lms.example.org'
const SOURCE = fileURLToPath(new URL('./backend-main.ts', import.meta.url))
/** Beside the sources' packages, with the migrations at hand. */
const PROGRAM = fileURLToPath(new URL(`../../dist/chaos-${process.pid}.mjs`, import.meta.url))
const KILLS = FULL ? 60 : 3

/** Bundled, since it starts often. */
async function bundle(): Promise<void> {
  await build({
    ...{ entryPoints: [SOURCE], outfile: PROGRAM, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  })
  const migrations = fileURLToPath(new URL('../../src/store/migrations', import.meta.url))
  await cp(migrations, join(dirname(PROGRAM), 'migrations'), { recursive: true })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** One of the backends: killed and started again under the same address. */
class Backend {
  readonly url: string
  readonly #file: string
  readonly #rest: readonly string[]
  #child: Child | undefined

  constructor(port: number, file: string, ...rest: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`
    this.#file = file
    this.#rest = rest
  }

  async start(): Promise<void> {
    this.#child = new Child(process.execPath, [PROGRAM, this.#file, ...this.#rest], {
      env: { ...process.env, PORT: '', LOG_LEVEL: process.env['LAB_TEST_LOG'] ?? 'fatal' },
    })
    await this.#child.said('ready')
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const ended = once(child.process, 'exit')
    child.process.kill(signal)
    await ended
  }
}

it('three backends, sixty learners, kills and failures: one lab each, where it is wanted', {
  timeout: 1_200_000,
}, async (t) => {
  const folder = await openFolder()
  const database = await startEmbedded({ folder: join(folder, 'database'), log })
  const cloud = await ScriptedCloudServer.start()
  const issuer = await createIssuer({ issuer: ISSUER, audience: 'labs' })
  await writeFile(join(folder, 'keys.json'), JSON.stringify(issuer.jwks))
  const backends: Backend[] = []
  for (let index = 0; index < REPLICAS; index++) {
    const port = await freePort()
    const file = join(folder, `labs-${index}.yaml`)
    await writeFile(
      file,
      `listen: 127.0.0.1:${port}
origins: [${ISSUER}]
stateFolder: ./state-${index}
clouds: { here: { type: local } }
trust: [{ type: jwt, issuer: ${ISSUER}, audience: labs, jwks: ./keys.json }]
defaults: { idleWarn: 25s, idleSuspend: 50s, leaveGrace: 5s, launchTimeout: 10m }
labs: { ceph-101: {} }
`,
    )
    backends.push(new Backend(port, file, cloud.url, database.connectionString))
  }
  t.after(async () => {
    for (const backend of backends) await backend.end('SIGKILL')
    await cloud.close()
    await database.stop()
    await rm(PROGRAM, { force: true })
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  await bundle()
  await Promise.all(backends.map((backend) => backend.start()))

  const backendAt = (index: number): Backend => {
    const backend = backends[index % REPLICAS]
    if (!backend) throw new Error('no backend')
    return backend
  }
  /** By the database they are good on every replica. */
  const sessions = new Map<string, string>()
  const signIn = async (url: string, subject: string, headers: Record<string, string>, signal: AbortSignal) => {
    const body = JSON.stringify({ grant: 'jwt', token: await issuer.mint({ sub: subject }) })
    const answer: unknown = await (await fetch(`${url}/v1/sessions`, { method: 'POST', headers, body, signal })).json()
    if (typeof answer !== 'object' || answer === null || !('session' in answer)) throw new Error('not signed in')
    const session = String(answer.session)
    sessions.set(subject, session)
    return session
  }
  /** Asks one replica after the other until one does it. */
  const ask = async (subject: string, action: 'start' | 'touch' | 'suspend'): Promise<void> => {
    for (let turn = Math.floor(Math.random() * REPLICAS); ; turn++) {
      try {
        const { url } = backendAt(turn)
        const headers = { origin: ISSUER, 'content-type': 'application/json' }
        const signal = AbortSignal.timeout(5_000)
        const session = sessions.get(subject) ?? (await signIn(url, subject, headers, signal))
        const response = await fetch(`${url}/v1/labs/ceph-101/${action}`, {
          ...{ method: 'POST', signal },
          headers: { origin: ISSUER, authorization: `Bearer ${session}` },
        })
        await response.arrayBuffer()
        if (response.ok) return
        sessions.delete(subject)
      } catch {
        // Killed, or busy: another one.
      }
      await sleep(200 + Math.random() * 300)
    }
  }

  cloud.faulty = 0.05
  let chaos = true
  let kills = 0
  const learners = Array.from({ length: LEARNERS }, (_, index) => `learner-${index}`)
  /** The even ones stay and work; the odd ones come, pause, and come again, and have paused in the end. */
  const live = async (subject: string, index: number): Promise<void> => {
    await sleep((ARRIVE_MS * index) / LEARNERS)
    await ask(subject, 'start')
    while (chaos) {
      await sleep(3_000 + Math.random() * 6_000)
      await ask(subject, index % 2 === 0 ? 'start' : Math.random() < 0.5 ? 'suspend' : 'start')
    }
    await ask(subject, index % 2 === 0 ? 'start' : 'suspend')
  }
  const kill = async (): Promise<void> => {
    while (chaos) {
      await sleep(3_000 + Math.random() * 4_000)
      const backend = backendAt(Math.floor(Math.random() * REPLICAS))
      await backend.end('SIGKILL')
      kills += 1
      await backend.start()
    }
  }
  const killing = kill()
  const living = learners.map(live)
  await sleep(CHAOS_MS)
  await until(`${KILLS} kills`, 300, async () => kills >= KILLS)
  chaos = false
  cloud.faulty = 0
  await Promise.all([killing, ...living])
  t.diagnostic(`${kills} kills; in peace after ${Math.round(performance.now() / 1000)} s`)

  // Those who work say so until all is settled.
  let settled = false
  const working = (async () => {
    while (!settled) {
      await Promise.all(learners.filter((_, index) => index % 2 === 0).map((subject) => ask(subject, 'touch')))
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
  const broken = await query(
    database.connectionString,
    `select * from (
      select lab, phase_from, lag(phase_to, 1, 'absent') over (partition by lab order by id) as before from lab_terminal.ledger
    ) as step where phase_from <> before
    union all select l.id, l.phase, (select phase_to from lab_terminal.ledger g where g.lab = l.id order by id desc limit 1)
      from lab_terminal.lab l
      where l.phase <> (select phase_to from lab_terminal.ledger g where g.lab = l.id order by id desc limit 1)`,
  )
  assert.deepEqual(broken, [], 'the ledger adds up')
  t.diagnostic(`${kills} kills, ${facts.failed} of ${facts.calls} calls to the cloud failed`)
})
