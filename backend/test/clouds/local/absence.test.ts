import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Absence } from '../../../src/clouds/local/host/absence.js'
import { Bench, create, eventually, expectRunning, login, resume, suspend } from './harness.js'

describe('counting the absence of a backend', () => {
  // limit 100, interval 10; each entry: time, sign, visited, given up
  const cases: [string, [number, number | undefined, boolean, boolean][]][] = [
    [
      'a sign that changes keeps it',
      [
        [10, 1, false, false],
        [105, 2, false, false],
        [120, 3, false, false],
      ],
    ],
    ['the same sign for the limit ends it', [[10, 1, false, false], ...tens(20, 100, 1), [110, 1, false, true]]],
    ['no sign at all counts as absence', [...tens(10, 90, undefined), [100, undefined, false, true]]],
    ['a visitor keeps it without a sign', [...tens(10, 90, 1), [100, 1, true, false], [110, 1, false, false]]],
    [
      'time while it was stopped counts as two intervals at most',
      [
        [10, 1, false, false],
        [20, 1, false, false],
        [1_000_000, 1, false, false],
        [1_000_010, 2, false, false],
      ],
    ],
    ['a sign after a long stop begins anew', [...tens(10, 90, 1), [9_000, 2, false, false], [9_010, 2, false, false]]],
  ]
  for (const [name, calls] of cases) {
    test(name, () => {
      const absence = new Absence(100, 10, 0)
      for (const [now, sign, visited, gone] of calls) {
        assert.equal(absence.check(now, sign, visited), gone, `at ${now}`)
      }
    })
  }

  function tens(from: number, to: number, sign: number | undefined): [number, number | undefined, boolean, boolean][] {
    return Array.from({ length: (to - from) / 10 + 1 }, (_, index) => [from + index * 10, sign, false, false])
  }
})

describe('a host whose backend is gone', () => {
  const bench = new Bench()
  after(async () => assert.deepEqual(await bench.dispose(), []))

  const orphan = async (ref: object, absentAfter: number): Promise<void> => {
    const script = fileURLToPath(new URL('./backend-to-kill.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'inherit', 'inherit'] })
    child.stdin.end(JSON.stringify({ folder: bench.folder, ref, action: 'create', killAt: 'settled', absentAfter }))
    await once(child, 'exit')
  }

  test('goes on while a backend may come back, and is taken over with its port and keys', async () => {
    const ref = bench.newRef()
    await orphan(ref, 60_000)
    const hosts = await eventually(
      () => bench.hosts(ref),
      ({ length }) => length === 1,
    )
    const cloud = bench.cloud()
    assert.equal((await cloud.observe(ref)).state, 'running')
    const client = await login(await expectRunning(cloud, ref))
    client.end()
    await eventually(
      () => bench.hosts(ref),
      (now) => isDeepStrictEqual(now, hosts),
    )
    await cloud.delete(ref)
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'absent',
    )
  })

  test('ends itself with all its processes when none comes', async () => {
    const ref = bench.newRef()
    await orphan(ref, 800)
    await eventually(
      () => bench.living(ref),
      (members) => members.length === 0,
    )
    assert.equal((await bench.cloud().observe(ref)).state, 'suspended')
  })

  test('a long suspend is no absence', async () => {
    const cloud = bench.cloud({ absentAfter: 800 })
    const ref = bench.newRef()
    await create(cloud, ref)
    const hosts = await bench.hosts(ref)
    await suspend(cloud, ref)
    await delay(1_500)
    await resume(cloud, ref)
    await delay(300)
    assert.deepEqual(await bench.hosts(ref), hosts)
  })
})
