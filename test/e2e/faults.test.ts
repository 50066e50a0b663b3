import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TestBackend } from './support/backend.js'
import { Learner } from './support/learner.js'
import { processesWith } from './support/processes.js'
import { until } from './support/until.js'

/** What a lab goes through, and where it must be in the end. */
async function life(learner: Learner): Promise<void> {
  await go(learner, 'start', 'running')
  await go(learner, 'suspend', 'suspended')
  await go(learner, 'start', 'running')
  await go(learner, 'reset', 'running', 'resetting')
}

/** Asks until it is heard, as the page does when the service is away for a moment. */
async function go(
  learner: Learner,
  action: 'start' | 'suspend' | 'reset',
  phase: string,
  through?: string,
): Promise<void> {
  await learner.lab(action).catch(() => undefined)
  let seen = through === undefined
  await until(
    async () => {
      const status = await learner.lab().catch(() => undefined)
      if (status?.phase === through || status?.phase === 'launching') seen = true
      return seen && status?.phase === phase
    },
    { seconds: 40, what: `${action} to end in ${phase}`, every: 20 },
  )
}

/** Hosts of labs: one a stack, however often the backend was killed. */
function hosts(folder: string): number {
  return processesWith(folder).filter(({ command }) => command.includes('host-main')).length
}

/** Every third point, or with LAB_FULL=1 each. */
const EVERY = process.env.LAB_FULL ? 1 : 3

/** Backends at once: each spends most of its time waiting. */
const LANES = 2

describe('the backend killed with SIGKILL at every step', () => {
  it('every lab reaches where it was going; none doubled, none orphaned, no stray process', async (t) => {
    const backend = await TestBackend.start({ faulty: true })
    const stepsFile = join(backend.folder, 'steps')
    await backend.kill('SIGTERM')
    await writeFile(stepsFile, '')
    await backend.up({ LAB_STEPS_FILE: stepsFile })
    await life(await new Learner(backend).signIn())
    const steps = (await readFile(stepsFile, 'utf8')).trim().split('\n')
    await backend.stop()
    const points = steps.map((step, i) => `${step}#${steps.slice(0, i + 1).filter((other) => other === step).length}`)
    t.diagnostic(`${points.length} fault points: ${[...new Set(steps)].join(' ')}`)
    assert.ok(points.length > 30)
    const tried = points.filter((_, i) => i % EVERY === 0)
    t.diagnostic(`killed at ${tried.join(' ')}`)
    await Promise.all(Array.from({ length: LANES }, () => killAtEach(tried)))
  })
})

/** Takes points until none is left, on a backend of its own. */
async function killAtEach(points: string[]): Promise<void> {
  const backend = await TestBackend.start({ faulty: true })
  for (let point = points.shift(); point !== undefined; point = points.shift()) {
    await backend.kill('SIGTERM')
    await backend.up({ LAB_KILL_AT: point })
    const learner = await new Learner(backend).signIn()
    const restarted = backend.ended().then(() => backend.up())
    try {
      await life(learner)
      await restarted
      // A program that a host starts looks like the host until it is another program.
      await until(() => hosts(backend.folder) === 1, { what: 'one host' })
    } catch (error) {
      throw new Error(
        `killed at ${point}: ${error instanceof Error ? error.message : error}\n${backend.output.slice(-3000)}`,
      )
    }
  }
  await backend.stop()
  assert.deepEqual(processesWith(backend.folder), [])
}
