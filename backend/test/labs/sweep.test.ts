import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import { STRAY_GRACE_MS } from '../../src/labs/sweep.js'
import { labConfig, MIN, SECOND, World } from './support/world.js'

/** A minute, then a sweep, then what it set going. */
async function sweep(world: World, after = MIN): Promise<void> {
  await world.pass(after)
  await world.sweep.run()
  await world.settle()
}

describe('the sweep', () => {
  it('asks each cloud once for all its labs, and looks at none that is as it should be', async () => {
    const world = new World()
    for (let index = 0; index < 40; index++)
      await (index % 2 ? world.suspended : world.running).call(world, `l${index}`)
    await sweep(world)
    const before = world.cloud().looks
    const lists = world.cloud().lists
    await sweep(world)
    await world.sweep.run()
    assert.equal(world.cloud().lists - lists, 1)
    assert.equal(world.cloud().looks - before, 0)
  })

  it('adopts what was done by hand: suspended, resumed, deleted', async () => {
    const world = new World()
    const { stacks } = world.cloud()
    await world.running('ada')
    await world.suspended('bob')
    await world.suspended('cy')
    await world.running('dan')
    stacks.set(world.stack('ada'), { state: 'suspended' })
    stacks.set(world.stack('bob'), { state: 'running', outputs: {} })
    stacks.delete(world.stack('cy'))
    stacks.delete(world.stack('dan'))
    const before = [...world.cloud().calls]
    await sweep(world)
    assert.deepEqual(
      [await world.phase('ada'), await world.phase('bob'), await world.phase('cy'), await world.phase('dan')],
      ['suspended', 'running', 'absent', 'failed'],
    )
    assert.equal((await world.lab('dan')).problem, 'lab/removed')
    assert.ok((await world.lab('bob')).suspendAt, 'it has a lease, and is suspended again when nobody uses it')
    assert.deepEqual(world.cloud().calls, before)
  })

  it('does not fight work that is under way by hand', async () => {
    const world = new World()
    await world.running('ada')
    await world.suspended('bob')
    world.cloud().stacks.set(world.stack('ada'), { state: 'working', action: 'suspend' })
    world.cloud().stacks.set(world.stack('bob'), { state: 'working', action: 'resume' })
    await sweep(world)
    world.cloud().finish()
    await world.pass(10 * SECOND)
    assert.deepEqual([await world.phase('ada'), await world.phase('bob')], ['suspended', 'running'])
    assert.deepEqual(world.cloud().calls, ['create', 'create', 'suspend'])
  })

  it('finds deadlines that nobody looked at', async () => {
    const world = new World()
    await world.running()
    const { id } = await world.lab()
    await world.store.update(id, () => ({ lookAt: null }))
    await sweep(world, 13 * MIN)
    assert.equal(await world.phase(), 'suspending')
  })

  it('goes on where a cloud does not answer', async () => {
    const world = new World([labConfig({ clouds: [{ name: 'b' }] })])
    await world.running()
    world.cloud('a').failures.set('list', new LabError('cloud/unreachable'))
    world.cloud('b').stacks.set(world.stack(), { state: 'suspended' })
    await sweep(world)
    assert.equal(await world.phase(), 'suspended')
  })

  it('deletes a stack that its lab has not, after the grace', async () => {
    const world = new World([labConfig({ clouds: [{ name: 'a' }, { name: 'b' }] })])
    await world.running()
    // A create that seemed to fail there had been done all the same.
    world.cloud('b').stacks.set(world.stack(), { state: 'running', outputs: {} })
    await sweep(world)
    await sweep(world, STRAY_GRACE_MS / 2)
    assert.deepEqual(world.cloud('b').calls, [])
    assert.equal((await world.strays.count()).get('b'), 1)
    await world.wish('start')
    await sweep(world, STRAY_GRACE_MS / 2)
    assert.deepEqual(world.cloud('b').calls, ['delete'])
    assert.deepEqual(world.cloud('a').calls.includes('delete'), false)
  })

  it('only tells of a stack whose name is no lab’s: it is another service’s, or one the database has lost', async () => {
    const world = new World()
    await world.running()
    world.cloud().stacks.set('ceph-101-0123456789abcdef0123', { state: 'running', outputs: {} })
    world.cloud().stacks.set('somebody-else', { state: 'running', outputs: {} })
    await sweep(world)
    await sweep(world, 30 * STRAY_GRACE_MS)
    assert.equal(world.cloud().calls.includes('delete'), false)
    assert.equal((await world.strays.count()).get('a'), 2)
  })

  it('takes nothing for left over that is being built', async () => {
    const world = new World()
    await world.wish('start')
    await world.settle()
    for (let minute = 0; minute < 10; minute++) await sweep(world)
    assert.equal((await world.strays.count()).get('a'), 0)
  })
})
