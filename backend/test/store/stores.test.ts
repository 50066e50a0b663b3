/** The contract suites on PostgreSQL, and what only a database server can lose. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { DeskPlace } from '../../src/gateway/guacd/ports.js'
import type { Lab } from '../../src/labs/lab.js'
import { connectStore, type Store } from '../../src/store/store.js'
import { authStoreContract } from '../contract/auth-store.js'
import { labStoreContract, nextChange } from '../contract/lab-store.js'
import { ltiStoreContract } from '../contract/lti-store.js'
import { log, onEachServer, query, type TestServer } from './support/servers.js'

onEachServer((name, server) => {
  labStoreContract(name, async () => {
    const url = await server.fresh()
    const stores = await openTwo(url)
    return {
      replicas: [stores[0].labs, stores[1].labs],
      scheduled: (id) => scheduled(url, id),
      close: () => closeAll(stores),
    }
  })

  authStoreContract(name, async (now) => {
    const stores = await openTwo(await server.fresh(), now)
    return { replicas: [stores[0].auth, stores[1].auth], close: () => closeAll(stores) }
  })

  ltiStoreContract(name, async (now) => {
    const stores = await openTwo(await server.fresh(), now)
    return { replicas: [stores[0].lti, stores[1].lti], close: () => closeAll(stores) }
  })

  stackSecrets(server)
  slots(server)
  strays(server)
  deskPlaces(server)
  ledger(server)
  usage(server)
  lostConnections(server)
  deadReplicas(server)
})

async function openTwo(url: string, now?: () => Date): Promise<[Store, Store]> {
  const options = now === undefined ? { log } : { log, now }
  // At once, as replicas do: they migrate one after the other.
  return await Promise.all([
    connectStore(url, false, { ...options, replica: 'one' }),
    connectStore(url, false, { ...options, replica: 'two' }),
  ])
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()))
}

async function scheduled(url: string, id: string): Promise<Date | undefined> {
  const rows = await query<{ run_at: Date }>(url, 'select run_at from graphile_worker.jobs where key = $1', [
    `lab:${id}`,
  ])
  return rows[0]?.run_at
}

const newKey = () => ({ issuer: 'https://lms.example.org', subject: randomUUID(), name: 'ceph-101' })

function stackSecrets(server: TestServer): void {
  it('keeps one secret of a name however many ask at once, and none of a stack that is gone', async () => {
    const stores = await openTwo(await server.fresh())
    const [{ labs, secrets }, other] = stores
    const [one, two] = await Promise.all([labs.ensure(newKey()), labs.ensure(newKey())])
    const asked = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? secrets : other.secrets).ensure(one.id, 'key', () => `made ${index}`),
    )
    const answers = new Set(await Promise.all(asked))
    assert.equal(answers.size, 1)
    assert.equal(await secrets.ensure(two.id, 'key', () => 'another'), 'another')
    assert.equal(await other.secrets.find(one.id, 'key'), [...answers][0])
    await secrets.forget(one.id)
    assert.equal(await other.secrets.find(one.id, 'key'), undefined)
    assert.equal(await other.secrets.find(two.id, 'key'), 'another')
    await closeAll(stores)
  })
}

function slots(server: TestServer): void {
  it('lets so many work at once over all replicas, and everybody in the end', async (t) => {
    const stores = await openTwo(await server.fresh())
    t.after(() => closeAll(stores))
    let [now, most, done] = [0, 0, 0]
    const began = performance.now()
    const work = async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setTimeout(resolve, 5))
      now -= 1
      done += 1
    }
    await Promise.all(
      Array.from({ length: 24 }, (_, index) => stores[index % 2 === 0 ? 0 : 1].slots.limited('sto2', 4, work)),
    )
    assert.deepEqual([most, done], [4, 24])
    // Six turns of four slots, each kept for a quarter of a second.
    assert.ok(performance.now() - began >= 1_200, `${performance.now() - began} ms`)
  })

  it('frees the slots of a replica that dies, and keeps names apart', async (t) => {
    const url = await server.fresh()
    const stores = await openTwo(url)
    t.after(() => closeAll(stores))
    let release = (): void => undefined
    let held: Promise<void> | undefined
    await new Promise<void>((begun) => {
      held = stores[0].slots.limited('a', 1, () => {
        begun()
        return new Promise<void>((resolve) => (release = resolve))
      })
    })
    await stores[1].slots.limited('b', 1, async () => undefined)
    const waiting = stores[1].slots.limited('a', 1, async () => 'in')
    await query(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lab-terminal locks'
      and pid <> pg_backend_pid() and datname = current_database()`,
    )
    assert.equal(await waiting, 'in')
    release()
    await held
  })
}

function strays(server: TestServer): void {
  it('remembers since when a stack is nobody’s, and sweeps once for all replicas', async (t) => {
    let time = new Date('2026-11-22T12:00:00Z')
    const stores = await openTwo(await server.fresh(), () => time)
    t.after(() => closeAll(stores))
    const [{ strays: one }, { strays: two }] = stores
    assert.deepEqual(await Promise.all([one.claim('c', 60_000), two.claim('c', 60_000)]).then((both) => both.sort()), [
      false,
      true,
    ])
    await one.note('c', ['x', 'y'])
    const first = time
    time = new Date(time.getTime() + 60_000)
    assert.equal(await two.claim('c', 60_000), true)
    assert.deepEqual([...(await two.note('c', ['x', 'z']))].sort(), [
      ['x', first],
      ['z', time],
    ])
    assert.deepEqual([...(await one.count())], [['c', 2]])
    assert.equal((await two.note('c', [])).size, 0)
    assert.equal((await one.count()).size, 0)
  })
}

function deskPlaces(server: TestServer): void {
  it('tells every replica where a desk is: of many that open one at once, one stays', async () => {
    const stores = await openTwo(await server.fresh())
    const [{ labs, desks }, other] = stores
    const { id } = await labs.ensure(newKey())
    const place = (connection: string) => ({ guacd: '127.0.0.1:4822', connection })
    const kept = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? desks : other.desks).keep(id, 'desktop', place(`$${at}`), undefined),
      ),
    )
    assert.ok(kept[0])
    const first = { guacd: kept[0].guacd, connection: kept[0].connection }
    assert.deepEqual(new Set(kept.map(({ connection }) => connection)), new Set([first.connection]))
    await isAt(other.desks.find(id, 'desktop'), first)
    assert.equal(await desks.find(id, 'console'), undefined)
    await isAt(desks.keep(id, 'desktop', place('$new'), place('$other')), first)
    await isAt(desks.keep(id, 'desktop', place('$new'), first), place('$new'))
    await other.desks.forget(id, 'desktop', first)
    await isAt(desks.find(id, 'desktop'), place('$new'))
    await other.desks.forget(id, 'desktop', place('$new'))
    assert.equal(await desks.find(id, 'desktop'), undefined)
    await closeAll(stores)
  })
}

/** How old the entry is, is no matter here. */
async function isAt(found: Promise<DeskPlace | undefined>, { guacd, connection }: DeskPlace): Promise<void> {
  const place = await found
  assert.deepEqual(place && { guacd: place.guacd, connection: place.connection }, { guacd, connection })
}

function ledger(server: TestServer): void {
  describe('the ledger', () => {
    let url: string
    let store: Store
    before(async () => {
      url = await server.fresh()
      store = await connectStore(url, true, { log })
    })
    after(async () => await store?.close())

    it('has a line for each change of phase, with its cause and cloud', async () => {
      const key = newKey()
      const { id } = await store.labs.ensure(key)
      await store.labs.update(id, () => ({ phase: 'launching', cloud: 'here', cause: 'start' }))
      await store.labs.update(id, () => ({ attempts: 1, cause: 'unheard' }))
      await store.labs.update(id, () => ({ phase: 'running' }))
      await store.labs.update(id, () => ({ phase: 'absent', cloud: null, cause: 'reset' }))
      const sql =
        'select issuer, subject, name, phase_from, phase_to, cause, cloud from lab_terminal.ledger where lab = $1 order by id'
      assert.deepEqual(await query(url, sql, [id]), [
        { ...key, phase_from: 'absent', phase_to: 'launching', cause: 'start', cloud: 'here' },
        { ...key, phase_from: 'launching', phase_to: 'running', cause: null, cloud: 'here' },
        { ...key, phase_from: 'running', phase_to: 'absent', cause: 'reset', cloud: 'here' },
      ])
    })

    it('is only ever added to', async () => {
      await assert.rejects(query(url, "update lab_terminal.ledger set cause = 'x'"), /only ever added to/)
      await assert.rejects(query(url, 'delete from lab_terminal.ledger'), /only ever added to/)
    })
  })
}

function usage(server: TestServer): void {
  it('tells how long labs ran and slept within a time, by learner, lab and course', async (t) => {
    const start = new Date('2026-11-01T00:00:00Z').getTime()
    let minute = 0
    const at = (minutes: number) => new Date(start + minutes * 60_000)
    const [store, other] = await openTwo(await server.fresh(), () => at(minute))
    t.after(() => closeAll([store, other]))
    const [ada, bob] = [newKey(), newKey()]
    const live = async (key: typeof ada, course: string | null, steps: [number, Lab['phase'], string?][]) => {
      const { id } = await store.labs.ensure(key)
      for (const [when, phase, cause] of steps) {
        minute = when
        await store.labs.update(id, () => ({ phase, course, ...(cause === undefined ? {} : { cause }) }))
      }
    }
    await live(ada, 'CEPH', [
      [0, 'queued'],
      [10, 'launching'],
      [12, 'running'],
      [30, 'suspending'],
      [31, 'suspended'],
      [90, 'resuming'],
      [91, 'failed', 'lab/resume-failed'],
      [100, 'deleting'],
      [101, 'absent'],
    ])
    await live(bob, null, [
      [20, 'launching'],
      [50, 'running'],
      [60, 'failed', 'lab/suspend-failed'],
    ])
    minute = 120
    const all = await store.labs.usage({ from: at(0), to: at(120) })
    const minutes = (one: { running: number; suspended: number } | undefined) =>
      one && [one.running / 60, one.suspended / 60]
    const of = (key: typeof ada, rows: typeof all) => rows.find(({ subject }) => subject === key.subject)
    assert.deepEqual(minutes(of(ada, all)), [2 + 18 + 1 + 1 + 1, 59 + 9])
    assert.deepEqual(minutes(of(bob, all)), [100, 0])
    assert.deepEqual([of(ada, all)?.course, of(bob, all)?.course], ['CEPH', null])
    assert.deepEqual([of(ada, all)?.launches, of(ada, all)?.resumes], [1, 1])
    const part = await other.labs.usage({ from: at(25), to: at(40), learner: ada })
    assert.deepEqual(part.map(minutes), [[6, 9]])
    assert.deepEqual(await store.labs.usage({ from: at(200), to: at(300), learner: ada }), [])
  })
}

function lostConnections(server: TestServer): void {
  describe('a lost connection', () => {
    let url: string
    let stores: [Store, Store]
    before(async () => {
      url = await server.fresh()
      stores = await openTwo(url)
    })
    after(async () => await closeAll(stores ?? []))

    it('of LISTEN is made again, and watchers are told to look again', async () => {
      const [one, two] = stores
      const missed = await one.labs.ensure(newKey())
      const told = nextChange(two.labs, missed.id)
      await cut('watch')
      await one.labs.update(missed.id, () => ({ attempts: 1 }))
      await told
      const { id } = await one.labs.ensure(newKey())
      const heard = nextChange(two.labs, id)
      await one.labs.update(id, () => ({ attempts: 1 }))
      assert.ok((await heard).includes(id))
    })

    it('of the locks frees them for the other replica, and new ones can be taken', async () => {
      const [one, two] = stores
      const { id } = await one.labs.ensure(newKey())
      let first = false
      await one.labs.exclusively(id, async () => {
        assert.equal(await two.labs.exclusively(id, async () => undefined), false)
        await cut('locks')
        await eventually(async () => {
          first = await two.labs.exclusively(id, async () => undefined)
          return first
        })
      })
      assert.equal(first, true)
      assert.equal(await one.labs.exclusively(id, async () => undefined), true)
    })

    it('of the pool costs nothing', async () => {
      const [one] = stores
      const lab = await one.labs.ensure(newKey())
      await query(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'lab-terminal'",
      )
      await eventually(async () => (await one.labs.get(lab.id).catch(() => undefined)) !== undefined)
      assert.deepEqual(await one.labs.get(lab.id), lab)
    })

    async function cut(name: string): Promise<void> {
      const sql =
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1'
      await query(url, sql, [`lab-terminal ${name}`])
    }
  })
}

function deadReplicas(server: TestServer): void {
  describe('a dead replica', () => {
    let url: string
    let stores: [Store, Store]
    before(async () => {
      url = await server.fresh()
      stores = await openTwo(url)
    })
    after(async () => await closeAll(stores ?? []))

    /** As if the replica had not been heard of for so long; its next heartbeat is up to 10 s away. */
    async function age(name: string, seconds: number): Promise<void> {
      const sql = "update lab_terminal.replica set seen_at = now() - $2 * interval '1 second' where name = $1"
      await query(url, sql, [name, seconds])
    }
    async function left(store: Store): Promise<[string, Date][]> {
      const labs: [string, Date][] = []
      await store.forgetDeadLinks(async (id, lastSeen) => {
        labs.push([id, lastSeen])
      })
      return labs
    }

    it('has links that count until it was not seen for 30 s', async () => {
      const [one, two] = stores
      const { id } = await one.labs.ensure(newKey())
      await one.labs.linkOpened(id, 'a')
      await two.labs.linkOpened(id, 'b')
      await age('one', 25)
      assert.equal(await two.labs.linkClosed(id, 'none'), 2)
      await age('one', 31)
      assert.equal(await two.labs.linkClosed(id, 'none'), 1)
      assert.equal(await two.labs.linkClosed(id, 'b'), 0)
      assert.equal(await one.labs.linkClosed(id, 'a'), 0)
    })

    it('leaves labs behind, told once with the time it was last seen', async () => {
      const [one, two] = stores
      await left(two)
      const [alone, shared] = [await one.labs.ensure(newKey()), await one.labs.ensure(newKey())]
      await one.labs.linkOpened(alone.id, 'a')
      await one.labs.linkOpened(shared.id, 'b')
      await two.labs.linkOpened(shared.id, 'c')
      await age('one', 0)
      assert.deepEqual(await left(two), [])
      await age('one', 45)
      const failing = two.forgetDeadLinks(async () => {
        throw new Error('the process ended here')
      })
      await failing
      const [found, ...more] = await left(two)
      assert.equal(found?.[0], alone.id)
      const ago = Date.now() - (found?.[1].getTime() ?? 0)
      assert.ok(ago > 44_000 && ago < 60_000, `${ago} ms`)
      assert.deepEqual(more, [])
      assert.deepEqual(await left(two), [])
    })
  })

  describe('a backend on the embedded database', () => {
    it('finds links of its earlier run stale, however it ended', async () => {
      const url = await server.fresh()
      const first = await connectStore(url, true, { log, replica: 'any' })
      const { id } = await first.labs.ensure(newKey())
      await first.labs.linkOpened(id, 'a')
      // Still connected and seen just now, as after a SIGKILL and a quick restart.
      const second = await connectStore(url, true, { log, replica: 'other' })
      assert.equal(await second.labs.linkClosed(id, 'none'), 0)
      const told: string[] = []
      await second.forgetDeadLinks(async (lab) => {
        told.push(lab)
      })
      assert.deepEqual(told, [id])
      await closeAll([first, second])
    })
  })
}

/** Polls; for what happens by itself after a connection was cut. */
async function eventually(done: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 10_000
  while (!(await done())) {
    assert.ok(Date.now() < limit, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
