import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CloudAction } from '../../src/labs/lab.js'
import { Looks } from '../../src/labs/looks.js'
import type { Observed } from '../../src/labs/ports.js'
import { FakeCloud } from '../fakes/cloud.js'
import { FakeLabStore } from '../fakes/lab-store.js'

const NAMES = Array.from({ length: 8 }, (_, index) => `s${index}`)

/** Looks at eight labs at once that wait for their deletion, while the cloud is at something. */
async function lookedAt(action: CloudAction, seenNow: Observed = { state: 'working', action }) {
  const cloud = new FakeCloud()
  for (const name of NAMES) cloud.stacks.set(name, seenNow)
  const looks = new Looks({ now: () => 0, sleep: async () => undefined })
  const lab = await new FakeLabStore().ensure({ issuer: 'https://lms.example.org', subject: 'ada', name: 'lab' })
  const waiting = { ...lab, phase: 'resetting' as const, attempts: 1 }
  const seen = await Promise.all(NAMES.map((stack) => looks.observe(cloud, waiting, { lab, stack }, true)))
  return { cloud, seen }
}

describe('a look', () => {
  it('of many that wait is one list', async () => {
    const { cloud, seen } = await lookedAt('delete')
    assert.deepEqual(
      seen,
      NAMES.map(() => ({ state: 'working', action: 'delete' })),
    )
    assert.ok(cloud.lists === 1 && cloud.looks < NAMES.length, `${cloud.lists} lists, ${cloud.looks} looks`)
  })

  it('at what the list does not tell is content with what that list has found', async () => {
    const { cloud, seen } = await lookedAt('delete', { state: 'running', outputs: {} })
    assert.equal(seen.length, NAMES.length)
    assert.ok(cloud.lists === 1 && cloud.listedLooks === NAMES.length - 4, `${cloud.listedLooks} of ${cloud.looks}`)
  })

  it('never takes a launch that goes on for the deletion that is waited for', async () => {
    const { seen } = await lookedAt('create')
    assert.deepEqual(
      seen,
      NAMES.map(() => ({ state: 'working', action: 'create' })),
    )
  })
})
