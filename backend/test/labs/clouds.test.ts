import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import { labConfig, MIN, SECOND, World } from './support/world.js'

const both = (change: Partial<Parameters<typeof labConfig>[0]> = {}) =>
  labConfig({ clouds: [{ name: 'a' }, { name: 'b' }], ...change })

/** Ends all work of all clouds. */
async function finish(world: World): Promise<void> {
  for (const cloud of world.clouds.values()) cloud.finish()
  await world.pass(2 * SECOND)
}

describe('several clouds', () => {
  it('takes the first, and stays there', async () => {
    const world = new World([both()])
    await world.suspended()
    world.cloud('a').failures.set('resume', new LabError('cloud/refused'))
    await world.wish('start')
    await world.pass(MIN)
    assert.equal((await world.lab()).cloud, 'a')
    assert.deepEqual(world.cloud('b').calls, [])
  })

  it('goes on to the next when the first fails to build, after deleting what is there', async () => {
    const world = new World([both()])
    world.cloud('a').endings.set('create', 'No valid host')
    await world.running()
    assert.equal(await world.phase(), 'launching')
    assert.deepEqual(world.cloud('a').calls, ['create', 'delete'])
    assert.deepEqual(world.cloud('b').calls, [])
    await finish(world)
    assert.deepEqual(world.cloud('b').calls, ['create'])
    await finish(world)
    const lab = await world.lab()
    assert.deepEqual([lab.phase, lab.cloud, lab.tried, lab.reason], ['running', 'b', {}, null])
    assert.equal(world.cloud('a').stacks.size, 0)
  })

  it('goes on when an output is missing that the terminals need', async () => {
    const world = new World([both()])
    world.answer = { ready: false, why: 'terminal shell: output public_ip is missing', final: true }
    await world.running()
    await finish(world)
    assert.deepEqual(world.cloud('a').calls, ['create', 'delete'])
    world.answer = { ready: true }
    await finish(world)
    assert.equal(world.cloud('b').stacks.size, 1)
    assert.equal(await world.phase(), 'running')
  })

  for (const code of ['cloud/unreachable', 'cloud/misconfigured', 'cloud/refused'] as const) {
    it(`one that answers a create with ${code} does not stop the others`, async () => {
      const world = new World([both()])
      world.cloud('a').failures.set('create', new LabError(code))
      await world.running()
      await finish(world)
      assert.deepEqual([await world.phase(), (await world.lab()).cloud], ['running', 'b'])
    })
  }

  it('fails with the last reason when every cloud has failed, and begins anew at the next try', async () => {
    const world = new World([both()])
    for (const cloud of world.clouds.values()) cloud.endings.set('create', `${cloud.name} says no`)
    await world.running()
    for (let step = 0; step < 4; step++) await finish(world)
    const lab = await world.lab()
    assert.deepEqual(
      [lab.phase, lab.problem, lab.reason, lab.stack],
      ['failed', 'lab/launch-failed', 'b says no', null],
    )
    for (const cloud of world.clouds.values()) cloud.endings.clear()
    await world.running()
    assert.deepEqual([await world.phase(), (await world.lab()).cloud], ['running', 'a'])
  })

  it('a launch that takes too long is not tried elsewhere', async () => {
    const world = new World([both()])
    await world.wish('start')
    await world.pass(16 * MIN)
    assert.equal((await world.lab()).problem, 'lab/launch-timeout')
    assert.deepEqual(world.cloud('b').calls, [])
  })

  it('capacity 0 switches a cloud off; a full one sends on, labs asleep counted', async () => {
    const clouds = [{ name: 'a', capacity: 0 }, { name: 'b', capacity: 1 }, { name: 'c' }]
    const world = new World([labConfig({ clouds })], ['a', 'b', 'c'])
    await world.suspended('ada')
    await world.running('bob')
    assert.equal((await world.lab('ada')).cloud, 'b')
    assert.equal((await world.lab('bob')).cloud, 'c')
    assert.deepEqual(world.cloud('a').calls, [])
  })

  it('where no cloud is switched on, the launch fails without a call', async () => {
    const world = new World([labConfig({ clouds: [{ name: 'a', capacity: 0 }] })])
    await world.wish('start')
    await world.settle()
    assert.equal((await world.lab()).problem, 'lab/launch-failed')
    assert.deepEqual(world.cloud('a').calls, [])
  })
})

describe('the line for a room', () => {
  const learners = ['ada', 'bob', 'cy', 'dan'] as const
  const full = () => new World([labConfig({ clouds: [{ name: 'a', capacity: 1 }] })])
  const places = async (world: World) => {
    const found: (number | undefined)[] = []
    for (const name of learners) found.push((await world.labs.status(world.key(name))).queue?.position)
    return found
  }

  it('is first come first served, and moves at once when there is room', async () => {
    const world = full()
    for (const name of learners) {
      await world.wish('start', name)
      await world.settle()
      await world.pass(SECOND)
    }
    await finish(world)
    assert.deepEqual(world.cloud().calls, ['create'])
    assert.equal(await world.phase('ada'), 'running')
    assert.deepEqual(await places(world), [undefined, 1, 2, 3])
    const { id } = await world.lab('ada')
    await world.store.update(id, () => ({ desired: 'absent', phase: 'deleting', lookAt: world.now }))
    await world.settle()
    world.cloud().finish()
    await world.pass(200)
    assert.equal(await world.phase('bob'), 'launching')
    await world.pass(2_000)
    assert.deepEqual(await places(world), [undefined, undefined, 1, 2])
    assert.deepEqual(world.cloud().calls, ['create', 'delete', 'create'])
  })

  it('a newcomer does not pass those who wait', async () => {
    const world = full()
    await world.running('ada')
    await world.wish('start', 'bob')
    await world.settle()
    const { id } = await world.lab('ada')
    // The room is free, and nobody has told bob yet.
    await world.store.update(id, () => ({ cloud: null, stack: null, phase: 'absent', desired: 'absent', lookAt: null }))
    await world.wish('start', 'cy')
    await world.settle()
    assert.deepEqual([await world.phase('bob'), await world.phase('cy')], ['queued', 'queued'])
    await world.pass(16 * SECOND)
    assert.deepEqual([await world.phase('bob'), await world.phase('cy')], ['launching', 'queued'])
  })

  it('a cloud that refuses is asked by one at a time', async () => {
    const world = new World()
    world.cloud().room = 1
    await world.running('ada')
    for (const name of ['bob', 'cy', 'dan']) await world.wish('start', name)
    await world.settle()
    await world.pass(MIN)
    const asked = world.cloud().calls.length
    assert.ok(asked >= 3 && asked <= 8, `asked ${asked} times in a minute`)
    world.cloud().room = 4
    world.cloud().takes.set('create', SECOND)
    await world.pass(MIN)
    for (const name of learners) assert.equal(await world.phase(name), 'running')
  })

  it('a lab that waits elsewhere does not stand in the way', async () => {
    const world = new World([
      labConfig({ clouds: [{ name: 'a', capacity: 1 }] }),
      labConfig({ name: 'other', clouds: [{ name: 'a' }] }),
    ])
    await world.running('ada')
    await world.wish('start', 'bob')
    await world.settle()
    await world.running('cy', 'other')
    assert.deepEqual([await world.phase('bob'), await world.phase('cy', 'other')], ['queued', 'running'])
  })

  it('whoever leaves the page gives the place up; whoever stays keeps it', async () => {
    const world = full()
    await world.running('ada')
    await world.wish('start', 'bob')
    await world.wish('start', 'cy')
    await world.settle()
    await world.labs.left((await world.lab('bob')).id, world.now)
    await world.pass(3 * MIN)
    assert.equal(await world.phase('bob'), 'absent')
    await world.pass(60 * MIN)
    assert.equal(await world.phase('cy'), 'queued')
  })

  it('is left by a learner who pauses it', async () => {
    const world = full()
    await world.running('ada')
    await world.wish('start', 'bob')
    await world.settle()
    await world.wish('suspend', 'bob')
    await world.settle()
    assert.equal(await world.phase('bob'), 'absent')
  })
})
