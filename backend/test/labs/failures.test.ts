import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import { labConfig, MIN, SECOND, World } from './support/world.js'

const hooked = (hooks: NonNullable<ReturnType<typeof labConfig>['hooks']>) => new World([labConfig({ hooks })])
/** Every action takes a second. */
function quick(world: World): World {
  for (const cloud of world.clouds.values()) {
    for (const action of ['create', 'suspend', 'resume', 'delete'] as const) cloud.takes.set(action, SECOND)
  }
  return world
}

describe('a lab that does not answer', () => {
  it('is not its learner’s before it does', async () => {
    const world = quick(new World())
    world.answer = { ready: false, why: 'ssh: ECONNREFUSED', final: false }
    await world.wish('start')
    await world.pass(MIN)
    const lab = await world.lab()
    assert.deepEqual([lab.phase, lab.reason], ['launching', 'ssh: ECONNREFUSED'])
    world.answer = { ready: true }
    await world.pass(2 * SECOND)
    assert.equal(await world.phase(), 'running')
    assert.equal((await world.lab()).reason, null)
  })

  it('after a launch: deleted, told, and the next try builds anew', async () => {
    const world = quick(new World())
    world.answer = { ready: false, why: 'ssh: ECONNREFUSED', final: false }
    await world.wish('start')
    await world.pass(16 * MIN)
    const lab = await world.lab()
    assert.deepEqual([lab.phase, lab.problem, lab.stack], ['failed', 'lab/launch-timeout', null])
    assert.match(lab.reason ?? '', /ECONNREFUSED/)
    assert.deepEqual(world.cloud().calls, ['create', 'delete'])
  })

  it('after a resume: kept and suspended again, and the page says why', async () => {
    const world = quick(new World())
    await world.suspended()
    world.answer = { ready: false, why: 'ssh: timeout', final: false }
    await world.wish('start')
    await world.pass(16 * MIN)
    const lab = await world.lab()
    assert.deepEqual([lab.phase, lab.problem, lab.desired], ['failed', 'lab/resume-failed', 'suspended'])
    assert.deepEqual(world.cloud().calls, ['create', 'suspend', 'resume', 'suspend'])
    assert.deepEqual(world.cloud().stacks.get(world.stack()), { state: 'suspended' })
    world.answer = { ready: true }
    await world.wish('start')
    await world.pass(2 * SECOND)
    assert.equal(await world.phase(), 'running')
    assert.equal(world.cloud().calls.includes('delete'), false)
  })
})

describe('which launch or resume its terminals are asked in', () => {
  const asked = (world: World) => [...new Set(world.arrivals.splice(0).map((arrival) => JSON.stringify(arrival)))]

  it('is one for as long as it lasts, and another after a reset or a pause', async () => {
    const world = quick(new World())
    world.answer = { ready: false, why: 'ssh: ECONNREFUSED', final: false }
    const found: string[] = []
    const noneTwice = (): void => {
      found.push(...asked(world))
      assert.equal(new Set(found).size, found.length, found.join('\n'))
    }
    await world.wish('start')
    await world.pass(MIN)
    noneTwice()
    assert.equal(found.length, 1)
    await world.wish('reset')
    await world.pass(MIN)
    noneTwice()
    assert.equal(found.length, 2)
    await world.wish('suspend')
    await world.pass(10 * SECOND)
    assert.equal(await world.phase(), 'suspended')
    noneTwice()
    await world.wish('start')
    await world.pass(MIN)
    noneTwice()
    assert.equal(found.length, 3)
  })
})

describe('servers that do not survive a resume', () => {
  const rebooting = async () => {
    const world = quick(new World())
    world.cloud().outputs = { host: 'x', reboot_on_resume: '["a","b"]' }
    await world.suspended()
    await world.wish('start')
    return world
  }
  it('are rebooted once each resume, before anybody is let in', async () => {
    const world = await rebooting()
    await world.pass(3 * SECOND)
    assert.deepEqual(world.cloud().calls, ['create', 'suspend', 'resume', 'reboot'])
    assert.equal(await world.phase(), 'running')
    await world.wish('suspend')
    await world.pass(2 * SECOND)
    await world.wish('start')
    await world.pass(3 * SECOND)
    assert.deepEqual(world.cloud().calls.slice(4), ['suspend', 'resume', 'reboot'])
  })
  it('fail the resume when they cannot be, and the lab is kept', async () => {
    const world = await rebooting()
    world.cloud().failures.set('reboot', new LabError('cloud/refused', { message: 'no such server' }))
    await world.pass(MIN)
    const lab = await world.lab()
    assert.deepEqual([lab.phase, lab.problem, lab.reason], ['failed', 'lab/resume-failed', 'no such server'])
    assert.deepEqual(world.cloud().stacks.get(world.stack()), { state: 'suspended' })
  })
  it('are tried again when the cloud did not answer', async () => {
    const world = await rebooting()
    world.cloud().failures.set('reboot', new LabError('cloud/unreachable'))
    await world.pass(10 * SECOND)
    world.cloud().failures.clear()
    await world.pass(10 * SECOND)
    assert.equal(await world.phase(), 'running')
  })
})

describe('hooks', () => {
  it('run at resume before the learner is let in, at suspend before the suspend, and never at launch', async () => {
    const world = quick(hooked({ resume: '/r', suspend: '/s' }))
    await world.running()
    assert.deepEqual(world.ran, [])
    let release = (): void => undefined
    world.hook = () => new Promise((resolve) => (release = resolve))
    await world.wish('suspend')
    await world.pass(10 * SECOND)
    assert.deepEqual([await world.phase(), world.ran, world.cloud().calls], ['suspending', ['suspend'], ['create']])
    assert.deepEqual(world.hookOutputs, { host: '127.0.0.1' }, 'it knows where the lab is')
    release()
    await world.pass(0)
    await world.pass(2 * SECOND)
    assert.equal(await world.phase(), 'suspended')
    await world.wish('start')
    await world.pass(10 * SECOND)
    assert.equal(await world.phase(), 'resuming')
    release()
    await world.pass(0)
    await world.pass(SECOND)
    assert.deepEqual([await world.phase(), world.ran], ['running', ['suspend', 'resume']])
  })

  it('that fail or hang stop nothing', async () => {
    for (const hook of [async () => Promise.reject(new Error('no')), () => new Promise<void>(() => undefined)]) {
      const world = quick(hooked({ resume: '/r', suspend: '/s' }))
      world.hook = hook
      await world.running()
      await world.wish('suspend')
      await world.pass(70 * SECOND)
      assert.equal(await world.phase(), 'suspended')
      await world.wish('start')
      await world.pass(70 * SECOND)
      assert.equal(await world.phase(), 'running')
      assert.deepEqual(world.ran, ['suspend', 'resume'])
    }
  })

  it('a learner who comes back during a suspend hook has the lab at once', async () => {
    const world = quick(hooked({ suspend: '/s' }))
    await world.running()
    world.hook = () => new Promise(() => undefined)
    await world.wish('suspend')
    await world.settle()
    await world.wish('start')
    await world.settle()
    assert.equal(await world.phase(), 'running')
    assert.deepEqual(world.cloud().calls, ['create'])
  })

  const deleteAtDeadline = async (world: World) => {
    await world.suspended()
    const { deleteAt } = await world.lab()
    await world.pass((deleteAt?.getTime() ?? 0) - world.now.getTime() + 2 * MIN)
  }
  it('a sleeping lab is resumed for its delete hook, then deleted', async () => {
    const world = quick(hooked({ delete: '/d' }))
    await deleteAtDeadline(world)
    assert.deepEqual(world.ran, ['delete'])
    assert.deepEqual(world.cloud().calls, ['create', 'suspend', 'resume', 'delete'])
    assert.deepEqual([await world.phase(), (await world.lab()).stack], ['absent', null])
  })
  it('a resume that fails for the delete hook does not stop the deletion', async () => {
    for (const hurt of [
      (world: World) => world.cloud().endings.set('resume', 'no'),
      (world: World) => world.cloud().failures.set('resume', new LabError('cloud/refused')),
    ]) {
      const world = quick(hooked({ delete: '/d' }))
      hurt(world)
      await deleteAtDeadline(world)
      assert.deepEqual(world.ran, [])
      assert.equal(await world.phase(), 'absent')
      assert.equal(world.cloud().stacks.size, 0)
    }
  })
})

describe('whatever fails', () => {
  it('a cloud that is away for an hour loses nothing, in any phase', async () => {
    for (const wish of ['start', 'suspend'] as const) {
      const world = quick(new World([labConfig({ policy: { ...labConfig().policy, launchTimeout: 120 * MIN } })]))
      if (wish === 'start') await world.suspended()
      else await world.running()
      for (const call of ['observe', 'suspend', 'resume', 'delete'] as const) {
        world.cloud().failures.set(call, new LabError('cloud/unreachable', { message: '503' }))
      }
      await world.wish(wish)
      await world.pass(60 * MIN)
      const away = await world.lab()
      assert.deepEqual([away.stack, away.cloud], [world.stack(), 'a'])
      assert.equal((await world.labs.status(world.key())).problem?.code, 'cloud/unreachable')
      world.cloud().failures.clear()
      await world.pass(2 * MIN)
      assert.equal(await world.phase(), wish === 'start' ? 'running' : 'suspended')
      assert.equal(world.cloud().calls.includes('delete'), false)
    }
  })
})
