/**
 * What the service adds to the cloud's own time: from the end of the cloud's work to the phase that the learner sees,
 * on one replica and a real database, labs one after the other and thirty at once.
 */
import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { stackName } from '../../src/labs/stack-name.js'
import { startEmbedded } from '../../src/store/embedded.js'
import { FakeCloud } from '../fakes/cloud.js'
import { labConfig } from '../labs/support/world.js'
import { openFolder } from '../store/support/servers.js'
import { type Replica, startReplica, until } from '../store/support/service.js'
import { quantile } from './quantile.js'

const STEPS = [
  { action: 'create', wish: 'start', phase: 'running', takes: 6_000 },
  { action: 'suspend', wish: 'suspend', phase: 'suspended', takes: 3_000 },
  { action: 'resume', wish: 'start', phase: 'running', takes: 4_000 },
] as const

const now = (): Date => new Date()
const folder = await openFolder()
const database = await startEmbedded({ folder, log: pino({ level: 'silent' }) })
const cloud = new FakeCloud('a', now)
for (const { action, takes } of STEPS) cloud.takes.set(action, takes)
const replica = await startReplica({
  ...{ url: database.connectionString, name: 'bench', clouds: [cloud], configs: [labConfig()], concurrency: 8 },
})

async function measure(title: string, subjects: readonly string[], at: Replica): Promise<void> {
  const keys = subjects.map((subject) => ({ issuer: 'https://lms', subject, name: 'ceph-101' }))
  for (const { action, wish, phase, takes } of STEPS) {
    await Promise.all(keys.map((key) => at.labs.wish(key, wish)))
    const reached = async (): Promise<boolean> => {
      const all = await Promise.all(keys.map((key) => at.store.labs.find(key)))
      return all.every((lab) => lab?.phase === phase)
    }
    await until(`${title} ${action}`, 60, reached)
    const added: number[] = []
    for (const key of keys) {
      const stack = stackName(key)
      const done = cloud.ended.findLast((one) => one.stack === stack && one.action === action)
      const lab = await at.store.labs.find(key)
      if (done && lab) added.push(lab.since.getTime() - done.at)
    }
    const [median, p90] = [quantile(added, 0.5), quantile(added, 0.9)]
    console.log(`${title.padEnd(15)} ${action.padEnd(8)} of ${takes / 1000} s: median ${median} ms more, p90 ${p90} ms`)
  }
}

for (let round = 0; round < 3; round++) await measure('one lab', [`single-${round}`], replica)
await measure(
  'thirty at once',
  Array.from({ length: 30 }, (_, index) => `many-${index}`),
  replica,
)
await replica.stop()
await database.stop()
await rm(folder, { recursive: true })
