/**
 * The same against the real Heat and by the whole service, an SSH login among it: from COMPLETE in Heat's own database
 * to the phase in the ledger. Wants `npm run real:up`.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stackName } from '../../src/labs/stack-name.js'
import { startEmbedded } from '../../src/store/embedded.js'
import { Backends } from '../chaos/backends.js'
import { Crowd, ISSUER } from '../chaos/crowd.js'
import { completed } from '../real/openstack/heat-database.js'
import { machineTemplate } from '../real/openstack/machine-template.js'
import { Testbed } from '../real/openstack/testbed.js'
import { log, openFolder, query } from '../store/support/servers.js'
import { until } from '../store/support/service.js'
import { quantile } from './quantile.js'

const LAB = 'bench'
const ROUNDS = 5
const STEPS = [
  { ask: 'start', action: 'CREATE', phase: 'running', secs: 6 },
  { ask: 'suspend', action: 'SUSPEND', phase: 'suspended', secs: 3 },
  { ask: 'start', action: 'RESUME', phase: 'running', secs: 4 },
] as const
const TEMPLATE = machineTemplate(
  Object.fromEntries(STEPS.map(({ action, secs }) => [`lab_${action.toLowerCase()}_secs`, secs])),
)

function tell(title: string, late: readonly (readonly number[])[]): void {
  for (const [step, { action, secs }] of STEPS.entries()) {
    const [median, p90] = [0.5, 0.9].map((part) => Math.round(quantile(late[step] ?? [], part)))
    console.log(`${title.padEnd(16)} ${action.padEnd(8)} of ${secs} s: median ${median} ms more, p90 ${p90} ms`)
  }
}

async function bench(): Promise<void> {
  const testbed = await Testbed.open()
  const folder = await openFolder()
  const database = await startEmbedded({ folder: join(folder, 'database'), log })
  const crowd = await Crowd.of(LAB)
  await writeFile(join(folder, 'keys.json'), crowd.keys)
  await writeFile(join(folder, 'bench.yaml'), TEMPLATE)
  const backends = await Backends.start({
    ...{ count: 1, folder, database: database.connectionString },
    config: `origins: [${ISSUER}]
clouds: { heat: { type: openstack, cloud: testbed, tag: ${testbed.tag} } }
trust: [{ type: jwt, issuer: ${ISSUER}, audience: labs, jwks: ./keys.json }]
labs:
  ${LAB}:
    template: bench.yaml
    terminals: [{ name: shell, host: { output: public_ip }, user: labuser, privateKey: { output: private_key } }]
`,
    env: { OS_CLIENT_CONFIG_FILE: join(testbed.state, 'clouds.yaml') },
  })
  crowd.meet(backends)
  const reached = (subjects: readonly string[], phase: string) =>
    query<{ subject: string; at: Date }>(
      database.connectionString,
      'select subject, since as at from lab_terminal.lab where subject = any($1) and phase = $2',
      [subjects, phase],
    )
  /** Milliseconds that each lab was late, by step. */
  const measure = async (subjects: readonly string[]): Promise<readonly (readonly number[])[]> => {
    const late: number[][] = []
    for (const { ask, action, phase } of STEPS) {
      await Promise.all(subjects.map((subject) => crowd.ask(subject, ask)))
      await until(action, 300, async () => (await reached(subjects, phase)).length === subjects.length)
      const ended = await completed(testbed.state)
      const seen = await reached(subjects, phase)
      late.push(
        seen.map(({ subject, at }) => {
          const stack = stackName({ issuer: ISSUER, subject, name: LAB })
          const done = ended.findLast((one) => one.stack === stack && one.action === action)
          return at.getTime() - (done?.at ?? Number.NaN)
        }),
      )
    }
    return late
  }
  try {
    const alone: (readonly (readonly number[])[])[] = []
    for (let round = 0; round < ROUNDS; round++) alone.push(await measure([`${testbed.tag}-single-${round}`]))
    tell(
      `one lab, ${ROUNDS} times`,
      STEPS.map((_, step) => alone.flatMap((late) => late[step] ?? [])),
    )
    tell('ten at once', await measure(Array.from({ length: 10 }, (_, index) => `${testbed.tag}-many-${index}`)))
  } finally {
    await backends.close()
    await database.stop()
    await testbed.clear(testbed.tag)
    await testbed.dispose()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

if (process.env['LAB_TEST_OPENSTACK']) await bench()
else console.log('SKIPPED: no Keystone and Heat here (npm run real:up)')
