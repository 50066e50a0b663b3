/** What every cloud must do, whatever it is made of. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { CloudAction } from '../../src/labs/lab.js'
import type { Cloud, Observed, StackRef } from '../../src/labs/ports.js'

/** A cloud under test, and ways to look into and hurt it from outside. */
export interface CloudSubject {
  readonly cloud: Cloud
  /** A stack that nobody else uses. */
  newRef(): StackRef
  /** Logs in with what `observe` gave and runs a command; answers what it printed. */
  run(outputs: Readonly<Record<string, string>>, command: string): Promise<string>
  /** How many sets of servers exist under this stack's name. */
  instances(ref: StackRef): Promise<number>
  /**
   * The servers lose their memory at once, as in a power failure; the disks stay. Left out where a cloud cannot see it:
   * Heat says COMPLETE of a server that was switched off.
   */
  crash?(ref: StackRef): Promise<void>
  /** Longest wait for a piece of work, milliseconds. */
  readonly patience: number
  dispose(): Promise<void>
}

/** Looks until the cloud is at rest, as the reconciler does. */
export async function settled(cloud: Cloud, ref: StackRef, patience: number): Promise<Observed> {
  const deadline = performance.now() + patience
  for (;;) {
    const observed = await cloud.observe(ref)
    if (observed.state !== 'working') return observed
    assert.ok(performance.now() < deadline, `still ${observed.action} after ${patience} ms`)
    await delay(5)
  }
}

export function cloudContract(name: string, make: () => Promise<CloudSubject>): void {
  describe(`cloud contract: ${name}`, () => {
    let subject: CloudSubject
    before(async () => {
      subject = await make()
    })
    after(() => subject.dispose())

    const reach = async (ref: StackRef, action: CloudAction, state: Observed['state']): Promise<Observed> => {
      await subject.cloud[action](ref)
      const observed = await settled(subject.cloud, ref, subject.patience)
      assert.equal(observed.state, state, JSON.stringify(observed))
      return observed
    }
    const running = async (ref: StackRef, action: 'create' | 'resume') => {
      const observed = await reach(ref, action, 'running')
      assert.ok(observed.state === 'running')
      return observed.outputs
    }

    const listed = async (ref: StackRef) => (await subject.cloud.list()).find(({ stack }) => stack === ref.stack)?.state

    test('a stack from create to delete, each call made twice', async () => {
      const ref = subject.newRef()
      const { cloud } = subject
      assert.deepEqual(await cloud.observe(ref), { state: 'absent' })
      assert.equal(await listed(ref), undefined)
      await cloud.create(ref)
      const outputs = await running(ref, 'create')
      assert.equal(await subject.run(outputs, 'echo one > kept; cat kept'), 'one\n')
      assert.equal(await listed(ref), 'running')
      await subject.cloud.suspend(ref)
      await reach(ref, 'suspend', 'suspended')
      await reach(ref, 'suspend', 'suspended')
      assert.equal(await listed(ref), 'suspended')
      await subject.cloud.resume(ref)
      assert.deepEqual(await running(ref, 'resume'), outputs)
      assert.deepEqual(await running(ref, 'resume'), outputs)
      assert.equal(await subject.run(outputs, 'cat kept'), 'one\n')
      await subject.cloud.delete(ref)
      await reach(ref, 'delete', 'absent')
      assert.equal(await listed(ref), undefined)
      assert.equal(await subject.instances(ref), 0)
    })

    test('create of a running stack changes nothing', async () => {
      const ref = subject.newRef()
      const outputs = await running(ref, 'create')
      assert.deepEqual(await running(ref, 'create'), outputs)
      await reach(ref, 'delete', 'absent')
    })

    test('work is told while it lasts, with the right name', async () => {
      const ref = subject.newRef()
      await subject.cloud.create(ref)
      const observed = await subject.cloud.observe(ref)
      assert.ok(observed.state === 'working' && observed.action === 'create', JSON.stringify(observed))
      assert.equal((await settled(subject.cloud, ref, subject.patience)).state, 'running')
      await reach(ref, 'delete', 'absent')
    })

    test('ten creates at once make one stack', async () => {
      const ref = subject.newRef()
      await Promise.all(Array.from({ length: 10 }, () => subject.cloud.create(ref)))
      assert.equal((await settled(subject.cloud, ref, subject.patience)).state, 'running')
      assert.equal(await subject.instances(ref), 1)
      await reach(ref, 'delete', 'absent')
    })

    test('what is not there is absent, can be deleted, and can be neither suspended nor resumed', async () => {
      const ref = subject.newRef()
      await reach(ref, 'delete', 'absent')
      for (const action of ['suspend', 'resume'] as const) {
        await assert.rejects(
          subject.cloud[action](ref),
          (error) => error instanceof LabError && error.code === 'cloud/refused',
        )
      }
      assert.deepEqual(await subject.cloud.observe(ref), { state: 'absent' })
    })

    test('a delete in the middle of a create leaves nothing', async () => {
      const ref = subject.newRef()
      await subject.cloud.create(ref)
      await reach(ref, 'delete', 'absent')
      assert.equal(await subject.instances(ref), 0)
    })

    test('a suspended stack can be deleted', async () => {
      const ref = subject.newRef()
      await running(ref, 'create')
      await reach(ref, 'suspend', 'suspended')
      await reach(ref, 'delete', 'absent')
      assert.equal(await subject.instances(ref), 0)
    })

    test('after a crash the stack is suspended (where it is seen), and resume brings it back with its files', async () => {
      const ref = subject.newRef()
      const outputs = await running(ref, 'create')
      await subject.run(outputs, 'echo kept > file')
      if (subject.crash) {
        await subject.crash(ref)
        assert.deepEqual(await settled(subject.cloud, ref, subject.patience), { state: 'suspended' })
      } else await reach(ref, 'suspend', 'suspended')
      const again = await running(ref, 'resume')
      assert.equal(await subject.run(again, 'cat file'), 'kept\n')
      assert.equal(again['host_key'], outputs['host_key'])
      assert.equal(await subject.instances(ref), 1)
      await reach(ref, 'delete', 'absent')
    })

    test('two stacks know nothing of each other', async () => {
      const [one, two] = [subject.newRef(), subject.newRef()]
      const [first, second] = await Promise.all([running(one, 'create'), running(two, 'create')])
      await subject.run(first, 'touch mine')
      assert.equal(await subject.run(second, 'ls'), '')
      for (const [name, value] of Object.entries(first)) {
        if (name.endsWith('_key')) assert.notEqual(value, second[name], name)
      }
      await reach(one, 'suspend', 'suspended')
      assert.equal(await subject.run(second, 'echo awake'), 'awake\n')
      await reach(one, 'delete', 'absent')
      assert.equal(await subject.run(second, 'echo still'), 'still\n')
      await reach(two, 'delete', 'absent')
    })
  })
}
