/** What every LabStore must do. Two replicas on the same data, as two backends have. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { LabError } from '../../../src/wire/problems.js'
import type { Lab, LabChange, LabId, LabKey } from '../../src/labs/lab.js'
import type { LabStore } from '../../src/labs/ports.js'

export interface LabStoreSetup {
  /** Stores of two replicas on the same data. */
  readonly replicas: readonly [LabStore, LabStore]
  /** When the reconciler is to look at the lab, as the jobs know it. */
  scheduled(id: LabId): Promise<Date | undefined>
  close(): Promise<void>
}

const T0 = new Date('2026-11-22T12:00:00.123Z')
const later = (seconds: number) => new Date(T0.getTime() + seconds * 1000)

export function labStoreContract(name: string, make: () => Promise<LabStoreSetup>): void {
  describe(`the LabStore contract: ${name}`, () => {
    let setup: LabStoreSetup
    let one: LabStore
    let two: LabStore
    before(async () => {
      setup = await make()
      ;[one, two] = setup.replicas
    })
    after(async () => await setup?.close())

    keys(() => ({ one, two }))
    updates(() => ({ one, two }))
    wakes(() => ({ one, two, scheduled: (id) => setup.scheduled(id) }))
    exclusion(() => ({ one, two }))
    watching(() => ({ one, two }))
    places(() => ({ one, two }))
    history(() => ({ one, two }))
    links(() => ({ one, two }))
  })
}

type Stores = () => { one: LabStore; two: LabStore }

const newKey = (change: Partial<LabKey> = {}): LabKey => ({
  issuer: 'https://lms.example.org',
  subject: randomUUID(),
  name: 'ceph-101',
  ...change,
})

function keys(stores: Stores): void {
  it('makes a lab at rest', async () => {
    const key = newKey()
    const lab = await stores().one.ensure(key)
    const { issuer, subject, name, phase, desired, lookAt, attempts, resetting } = lab
    assert.deepEqual({ issuer, subject, name }, key)
    assert.deepEqual({ phase, desired, lookAt, attempts, resetting }, okLab)
    assert.deepEqual(await stores().two.get(lab.id), lab)
    assert.deepEqual(await stores().two.find(key), lab)
  })

  it('knows nothing of labs that nobody asked for', async () => {
    assert.equal(await stores().one.find(newKey()), undefined)
    assert.equal(await stores().one.get('none'), undefined)
    assert.equal(await stores().one.get('a\0b'), undefined)
  })

  it('makes one lab for fifty that ask at once, on two replicas', async () => {
    const key = newKey()
    const labs = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? stores().one : stores().two).ensure(key)),
    )
    assert.equal(new Set(labs.map(({ id }) => id)).size, 1)
  })

  it('keeps learners, issuers and lab names apart', async () => {
    const key = newKey()
    const others = [
      key,
      newKey({ name: 'other' }),
      { ...key, issuer: 'https://evil.example.org' },
      { ...key, name: 'x' },
    ]
    const labs = await Promise.all(others.map((other) => stores().one.ensure(other)))
    assert.equal(new Set(labs.map(({ id }) => id)).size, 4)
  })

  for (const [what, key] of [
    ['a zero character', newKey({ subject: 'a\0b' })],
    ['a huge subject', newKey({ subject: 'x'.repeat(100_000) })],
  ] as const) {
    it(`refuses ${what} in a key`, async () => {
      await assert.rejects(
        stores().one.ensure(key),
        (error) => error instanceof LabError && error.code === 'request/invalid',
      )
    })
  }
}

const okLab = { phase: 'absent', desired: 'absent', lookAt: null, attempts: 0, resetting: false }

const EVERYTHING: LabChange = {
  phase: 'launching',
  since: later(1),
  desired: 'running',
  resetting: true,
  cloud: 'here',
  stack: 'lab-1',
  startedAt: later(2),
  attempts: 3,
  progress: { done: 1, total: 4 },
  problem: 'cloud/refused',
  reason: 'Grund: “ä” 🦊',
  activeAt: later(3),
  suspendAt: later(4),
  deleteAt: later(5),
  lookAt: later(6),
  tried: { here: 'failed', there: 'down' },
  queuedAt: later(7),
  rebooted: true,
  hook: { event: 'resume', at: later(8).toISOString(), done: true },
  course: 'course-v1:acme+CEPH',
  notice: 'lab/usage-limit',
}
const NOTHING: LabChange = {
  resetting: false,
  cloud: null,
  stack: null,
  startedAt: null,
  progress: null,
  problem: null,
  reason: null,
  activeAt: null,
  suspendAt: null,
  deleteAt: null,
  lookAt: null,
}

function updates(stores: Stores): void {
  it('keeps every member, and forgets it again', async () => {
    const { id } = await stores().one.ensure(newKey())
    const written = await stores().one.update(id, () => EVERYTHING)
    const read = await stores().two.get(id)
    assert.deepEqual(read, written)
    assert.deepEqual({ ...read, ...EVERYTHING }, read)
    const cleared = await stores().two.update(id, () => NOTHING)
    assert.deepEqual({ ...cleared, ...NOTHING }, cleared)
    assert.deepEqual(await stores().one.get(id), cleared)
  })

  it('loses no change of forty at once, on two replicas', async () => {
    const { id, rev } = await stores().one.ensure(newKey())
    const change = (lab: Lab) => ({ attempts: lab.attempts + 1 })
    const labs = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? stores().one : stores().two).update(id, change)),
    )
    const after = await stores().one.get(id)
    assert.equal(after?.attempts, 40)
    assert.equal(after?.rev, rev + 40)
    assert.equal(new Set(labs.map((lab) => lab.rev)).size, 40)
  })

  for (const [what, change] of [
    ['undefined', () => undefined],
    ['an empty change', () => ({})],
    ['a cause alone', () => ({ cause: 'start' })],
    ['what is there already', () => ({ ...EVERYTHING, progress: { total: 4, done: 1 }, lookAt: new Date(later(6)) })],
  ] as const) {
    it(`writes nothing for ${what}`, async () => {
      const { id } = await stores().one.ensure(newKey())
      const lab = await stores().one.update(id, () => EVERYTHING)
      assert.deepEqual(await stores().two.update(id, change), lab)
      assert.equal((await stores().one.get(id))?.rev, lab.rev)
    })
  }

  it('writes nothing when the change throws', async () => {
    const lab = await stores().one.ensure(newKey())
    const failing = stores().one.update(lab.id, () => {
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    assert.deepEqual(await stores().one.get(lab.id), lab)
  })

  it('takes any text of a cloud as a reason', async () => {
    const { id } = await stores().one.ensure(newKey())
    const { reason } = await stores().one.update(id, () => ({ reason: `a\0b${'x'.repeat(100_000)}` }))
    assert.match(reason ?? '', /^abx+$/)
  })

  it('refuses to change a lab that is not there', async () => {
    const change = stores().one.update('none', () => ({ attempts: 1 }))
    await assert.rejects(change, (error) => error instanceof LabError && error.code === 'lab/unknown')
  })
}

function wakes(stores: () => ReturnType<Stores> & Pick<LabStoreSetup, 'scheduled'>): void {
  it('schedules a look with the change', async () => {
    const { id } = await stores().one.ensure(newKey())
    assert.equal(await stores().scheduled(id), undefined)
    const lookAt = new Date(Date.now() + 3_600_000)
    await stores().one.update(id, () => ({ lookAt }))
    assert.deepEqual(await stores().scheduled(id), lookAt)
  })

  it('replaces an earlier look by a later one and the other way round', async () => {
    const { id } = await stores().one.ensure(newKey())
    for (const hours of [2, 5, 1]) {
      const lookAt = new Date(Date.now() + hours * 3_600_000)
      await stores().two.update(id, () => ({ lookAt }))
      assert.deepEqual(await stores().scheduled(id), lookAt)
    }
  })

  it('schedules nothing when the change fails', async () => {
    const { id } = await stores().one.ensure(newKey())
    // Refused by the store after the change itself was made.
    const failing = stores().one.update(id, () => ({ lookAt: later(1), since: new Date(Number.NaN) }))
    await assert.rejects(failing)
    assert.equal(await stores().scheduled(id), undefined)
  })
}

function places(stores: Stores): void {
  it('gives the last places once, however many ask for them at once on two replicas', async () => {
    const name = `crowded-${randomUUID()}`
    const labs = await Promise.all(Array.from({ length: 24 }, () => stores().one.ensure(newKey({ name }))))
    const placed = await Promise.all(
      labs.map(({ id }, index) =>
        (index % 2 ? stores().one : stores().two).place(id, (_lab, house) => {
          const taken = house.places.find((place) => place.name === name && place.cloud === 'small')?.count ?? 0
          if (taken < 5) return { cloud: 'small', stack: id }
          return { phase: 'queued', queuedAt: later(index) }
        }),
      ),
    )
    assert.equal(placed.filter(({ cloud }) => cloud === 'small').length, 5)
    const line = (await stores().two.house()).line.filter((one) => one.name === name)
    assert.equal(line.length, 19)
    assert.deepEqual(
      line.map(({ queuedAt }) => +queuedAt),
      line.map(({ queuedAt }) => +queuedAt).sort((a, b) => a - b),
    )
    assert.equal((await stores().one.onCloud('small')).filter((lab) => lab.name === name).length, 5)
    assert.ok(((await stores().one.count()).get('queued') ?? 0) >= 19)
  })

  it('does not count the lab that asks', async () => {
    const lab = await stores().one.ensure(newKey({ name: `alone-${randomUUID()}` }))
    await stores().one.update(lab.id, () => ({ cloud: 'small', stack: lab.id, queuedAt: later(1) }))
    await stores().two.place(lab.id, (_lab, house) => {
      assert.equal(
        house.places.some(({ name }) => name === lab.name),
        false,
      )
      return undefined
    })
  })
}

function exclusion(stores: Stores): void {
  it('keeps the other replica, and itself, from the same lab', async () => {
    const { id } = await stores().one.ensure(newKey())
    const other = await stores().one.ensure(newKey())
    let inside = 0
    const done = await stores().one.exclusively(id, async () => {
      const never = async () => {
        inside += 1
      }
      assert.equal(await stores().two.exclusively(id, never), false)
      assert.equal(await stores().one.exclusively(id, never), false)
      assert.equal(await stores().two.exclusively(other.id, never), true)
    })
    assert.equal(done, true)
    assert.equal(inside, 1)
    assert.equal(await stores().two.exclusively(id, async () => undefined), true)
  })

  it('is freed when the work fails', async () => {
    const { id } = await stores().one.ensure(newKey())
    const failing = stores().one.exclusively(id, async () => {
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    assert.equal(await stores().two.exclusively(id, async () => undefined), true)
  })

  it('lets one of twenty in', async () => {
    const { id } = await stores().one.ensure(newKey())
    let leave: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      leave = resolve
    })
    let refused = 0
    const tries = Array.from({ length: 20 }, async (_, index) => {
      const done = await (index % 2 ? stores().one : stores().two).exclusively(id, () => held)
      if (!done) refused += 1
      if (refused === 19) leave()
      return done
    })
    const answers = await Promise.all(tries)
    assert.equal(answers.filter(Boolean).length, 1)
  })
}

function watching(stores: Stores): void {
  it('tells of a change on both replicas, and not of what was rolled back', async () => {
    const quiet = await stores().one.ensure(newKey())
    const { id } = await stores().one.ensure(newKey())
    const heard = Promise.all([stores().one, stores().two].map((store) => nextChange(store, id)))
    await assert.rejects(stores().one.update(quiet.id, () => ({ attempts: 7, since: new Date(Number.NaN) })))
    await stores().two.update(quiet.id, () => undefined)
    await stores().one.update(id, () => ({ attempts: 1 }))
    for (const ids of await heard) assert.deepEqual([...new Set(ids)], [id])
  })

  it('stops when told so', async () => {
    const { id } = await stores().one.ensure(newKey())
    let calls = 0
    const stop = stores().two.watch(() => {
      calls += 1
    })
    stop()
    const heard = nextChange(stores().two, id)
    await stores().one.update(id, () => ({ attempts: 1 }))
    await heard
    assert.equal(calls, 0)
  })
}

/** Everything the store tells until it tells of `id`. */
export async function nextChange(store: LabStore, id: LabId): Promise<LabId[]> {
  const heard: LabId[] = []
  return await new Promise((resolve) => {
    const stop = store.watch((changed) => {
      heard.push(changed)
      if (changed !== id) return
      stop()
      resolve(heard)
    })
  })
}

function history(stores: Stores): void {
  it('finds overdue labs, oldest first', async () => {
    const name = randomUUID()
    const ids: LabId[] = []
    for (const seconds of [-3_000_000_002, -3_000_000_003, -3_000_000_001]) {
      const { id } = await stores().one.ensure(newKey({ name }))
      await stores().one.update(id, () => ({ lookAt: later(seconds) }))
      ids.push(id)
    }
    const expected = [ids[1], ids[0]]
    assert.deepEqual(await stores().two.overdue(later(-3_000_000_001), 10), expected)
    assert.deepEqual(await stores().two.overdue(later(-3_000_000_001), 1), expected.slice(0, 1))
  })

  it('lists by phase', async () => {
    const { id } = await stores().one.ensure(newKey())
    await stores().one.update(id, () => ({ phase: 'deleting' }))
    assert.deepEqual(
      (await stores().two.list({ phase: 'deleting' })).map((lab) => lab.id),
      [id],
    )
    assert.ok((await stores().two.list()).length > 1)
  })

  it('estimates from the last fifty of the same lab and kind', async () => {
    const name = randomUUID()
    assert.equal(await stores().one.durations(name, 'launch'), undefined)
    for (let index = 0; index < 5; index += 1) await stores().one.recordDuration(name, 'launch', 100_000)
    for (let seconds = 1; seconds <= 50; seconds += 1) await stores().one.recordDuration(name, 'launch', seconds)
    await stores().two.recordDuration(name, 'resume', 7)
    assert.deepEqual(await stores().two.durations(name, 'launch'), { typicalSeconds: 25.5, slowSeconds: 45.1 })
    assert.deepEqual(await stores().one.durations(name, 'resume'), { typicalSeconds: 7, slowSeconds: 7 })
  })
}

function links(stores: Stores): void {
  it('counts the open pages of both replicas', async () => {
    const { id } = await stores().one.ensure(newKey())
    await stores().one.linkOpened(id, 'a')
    await stores().one.linkOpened(id, 'a')
    await stores().one.linkOpened(id, 'b')
    await stores().two.linkOpened(id, 'c')
    assert.equal(await stores().one.linkClosed(id, 'a'), 2)
    assert.equal(await stores().one.linkClosed(id, 'a'), 2)
    assert.equal(await stores().two.linkClosed(id, 'c'), 1)
    assert.equal(await stores().one.linkClosed(id, 'b'), 0)
    assert.equal(await stores().two.linkClosed(id, 'never'), 0)
  })

  it('tells exactly one of two that close at once that it was the last', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await stores().one.ensure(newKey())
      await Promise.all([stores().one.linkOpened(id, 'a'), stores().two.linkOpened(id, 'b')])
      const left = await Promise.all([stores().one.linkClosed(id, 'a'), stores().two.linkClosed(id, 'b')])
      assert.deepEqual(left.sort(), [0, 1])
    }
  })
}
