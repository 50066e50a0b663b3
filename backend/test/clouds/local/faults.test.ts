/** The backend is killed at every step of every piece of work; the next one finds its way from there. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LocalCloud } from '../../../src/clouds/local/cloud.js'
import { LOCAL_STEPS, type LocalStep } from '../../../src/clouds/local/work-context.js'
import type { CloudAction } from '../../../src/labs/lab.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { settled } from '../../contract/cloud.js'
import { Bench, create, eventually, expectRunning, expectSuspended, resume, run, suspend } from './harness.js'

const SETUP = 'sleep 0.1; echo ran >> setup-ran'
const COLD_STEPS: readonly LocalStep[] = ['resume.host-spawned', 'resume.host-up']
const PATIENCE = 30_000

const stepsOf = (action: CloudAction): LocalStep[] => LOCAL_STEPS.filter((step) => step.startsWith(`${action}.`))

/** How the backend ends in the middle: by SIGKILL, or by a step that throws and a new cloud on the same folder. */
type Kill = (bench: Bench, ref: StackRef, action: CloudAction, step: string) => Promise<void>

const bySignal: Kill = async (bench, ref, action, killAt) => {
  const script = fileURLToPath(new URL('./backend-to-kill.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin.end(JSON.stringify({ folder: bench.folder, ref, action, killAt, setup: SETUP }))
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL', `the backend did not come to ${killAt}`)
}

const byThrowing: Kill = async (bench, ref, action, killAt) => {
  let reached = false
  const cloud = bench.cloud({
    labOf: () => ({ setup: SETUP }),
    onStep: (step) => {
      if (step !== killAt) return
      reached = true
      throw new Error('killed here')
    },
  })
  await cloud[action](ref)
  await eventually(() => reached, Boolean, PATIENCE)
  await delay(20)
}

for (const [how, kill] of [
  ['SIGKILL', bySignal],
  ['a throw', byThrowing],
] as const) {
  describe(`the backend ended by ${how} in the middle of`, () => {
    const bench = new Bench()
    /** Going back from a step instead of on: once is enough, the state on the disk is the same for both kills. */
    const both = (steps: LocalStep[]): LocalStep[] => (kill === byThrowing ? steps : [])
    const fresh = (): LocalCloud => bench.cloud({ labOf: () => ({ setup: SETUP }) })
    after(async () => assert.deepEqual(await bench.dispose(), []))

    const remove = async (cloud: LocalCloud, ref: StackRef): Promise<void> => {
      await cloud.delete(ref)
      assert.deepEqual(await settled(cloud, ref, PATIENCE), { state: 'absent' })
      assert.deepEqual(await bench.living(ref), [])
    }

    test('create', async (t) => {
      for (const step of stepsOf('create')) {
        await t.test(step, async () => {
          const ref = bench.newRef()
          await kill(bench, ref, 'create', step)
          const cloud = fresh()
          await settled(cloud, ref, PATIENCE)
          await cloud.create(ref)
          const outputs = await expectRunning(cloud, ref)
          assert.equal(await run(outputs, 'cat setup-ran'), 'ran\n')
          assert.equal((await bench.hosts(ref)).length, 1)
          await remove(cloud, ref)
        })
      }
    })

    test('create, and deleted instead', async (t) => {
      for (const step of both(stepsOf('create'))) {
        await t.test(step, async () => {
          const ref = bench.newRef()
          await kill(bench, ref, 'create', step)
          await remove(fresh(), ref)
        })
      }
    })

    test('suspend and resume', async (t) => {
      const ref = bench.newRef()
      let cloud = fresh()
      await run(
        await create(cloud, ref),
        'setsid bash -c "echo \\$\\$ > pid; i=0; while :; do echo \\$i >> count; i=\\$((i+1)); sleep 0.02; done" >/dev/null 2>&1 &',
      )
      const count = (): string[] =>
        readFileSync(join(bench.folderOf(ref).home, 'count'), 'utf8')
          .trim()
          .split('\n')
      const awake = async (): Promise<void> => {
        const outputs = await expectRunning(cloud, ref)
        const seen = count().length
        await eventually(
          () => count().length,
          (now) => now > seen + 2,
        )
        assert.equal(await run(outputs, 'echo yes'), 'yes\n')
        assert.equal((await bench.hosts(ref)).length, 1)
      }
      const asleep = async (): Promise<void> => {
        await expectSuspended(cloud, ref)
        assert.deepEqual(
          (await bench.living(ref)).filter(({ state }) => state !== 'stopped'),
          [],
        )
        const seen = count().length
        await delay(100)
        assert.equal(count().length, seen)
      }
      await eventually(() => existsSync(join(bench.folderOf(ref).home, 'count')), Boolean)
      for (const step of stepsOf('suspend')) {
        await t.test(step, async () => {
          await kill(bench, ref, 'suspend', step)
          cloud = fresh()
          await settled(cloud, ref, PATIENCE)
          await suspend(cloud, ref)
          await asleep()
          await resume(cloud, ref)
          await awake()
        })
      }
      for (const step of both(stepsOf('suspend'))) {
        await t.test(`${step}, and resumed at once`, async () => {
          await kill(bench, ref, 'suspend', step)
          cloud = fresh()
          await resume(cloud, ref)
          await awake()
        })
      }
      for (const step of stepsOf('resume').filter((name) => !COLD_STEPS.includes(name))) {
        await t.test(step, async () => {
          await suspend(cloud, ref)
          await kill(bench, ref, 'resume', step)
          cloud = fresh()
          await settled(cloud, ref, PATIENCE)
          await resume(cloud, ref)
          await awake()
        })
      }
      for (const step of both(stepsOf('resume').filter((name) => !COLD_STEPS.includes(name)))) {
        await t.test(`${step}, and suspended again`, async () => {
          await suspend(cloud, ref)
          await kill(bench, ref, 'resume', step)
          cloud = fresh()
          await settled(cloud, ref, PATIENCE)
          await suspend(cloud, ref)
          await asleep()
          await resume(cloud, ref)
          await awake()
        })
      }
      const numbers = count()
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => String(index)),
        'one process, from the beginning',
      )
      for (const step of COLD_STEPS) {
        await t.test(`${step}, without a host`, async () => {
          await bench.crash(ref)
          await expectSuspended(cloud, ref)
          await kill(bench, ref, 'resume', step)
          cloud = fresh()
          await settled(cloud, ref, PATIENCE)
          await resume(cloud, ref)
          await awake()
        })
      }
      await remove(cloud, ref)
    })

    test('delete', async (t) => {
      for (const step of stepsOf('delete')) {
        await t.test(step, async () => {
          const ref = bench.newRef()
          await run(await create(fresh(), ref), 'setsid nohup sleep 1000 >/dev/null 2>&1 &')
          await kill(bench, ref, 'delete', step)
          const cloud = fresh()
          const first = await cloud.observe(ref)
          assert.ok(first.state === 'absent' || (first.state === 'working' && first.action === 'delete'), first.state)
          assert.deepEqual(await settled(cloud, ref, PATIENCE), { state: 'absent' })
          await remove(cloud, ref)
          assert.deepEqual(readdirSync(join(bench.folder, '.trash')), [])
        })
      }
    })
  })
}
