import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { JobWork, RunningJobs } from '../../src/store/jobs.js'
import { connectStore, type Store } from '../../src/store/store.js'
import { script } from './support/children.js'
import { log, onEachServer, query, type TestServer } from './support/servers.js'

const newKey = () => ({ issuer: 'https://lms.example.org', subject: randomUUID(), name: 'ceph-101' })
const soon = (ms = 0) => new Date(Date.now() + ms)

/** What `reconcile` was called with, to be waited for. */
class Calls {
  readonly ids: string[] = []
  #wake: () => void = () => undefined

  add(id: string): void {
    this.ids.push(id)
    this.#wake()
  }

  async until(done: (ids: readonly string[]) => boolean): Promise<void> {
    while (!done(this.ids)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function gate(): { open: () => void; opened: Promise<void> } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

onEachServer((_name, server) => {
  onOneReplica(server)
  afterDeath(server)
  outage(server)
})

function onOneReplica(server: TestServer): void {
  describe('jobs', () => {
    let url: string
    let store: Store
    let running: RunningJobs
    let calls: Calls
    let reconcile: JobWork['reconcile']
    before(async () => {
      url = await server.fresh()
      store = await connectStore(url, true, { log })
      // No second sweep: it would hide a lost job.
      const work = {
        concurrency: 4,
        sweepEvery: 3_600_000,
        sweep: async () => undefined,
        reconcile: (id: string) => reconcile(id),
      }
      running = await store.startJobs(work)
    })
    beforeEach(() => {
      calls = new Calls()
      reconcile = async (id) => calls.add(id)
    })
    after(async () => {
      await running?.stop()
      await store?.close()
    })

    it('look at a lab as soon as it wants it, and carry nothing but its id', async () => {
      const { id } = await store.labs.ensure(newKey())
      const called = calls.until((ids) => ids.includes(id))
      let payload: unknown
      reconcile = async (lab) => {
        const jobs = await query<{ payload: unknown }>(
          url,
          'select payload from graphile_worker._private_jobs where key = $1',
          [`lab:${lab}`],
        )
        payload = jobs[0]?.payload
        calls.add(lab)
      }
      await store.labs.update(id, () => ({ lookAt: soon() }))
      await called
      assert.deepEqual(payload, { lab: id })
    })

    it('look at a lab at the time it wants it', async () => {
      const { id } = await store.labs.ensure(newKey())
      const at = soon(700)
      await store.labs.update(id, () => ({ lookAt: at }))
      await calls.until((ids) => ids.includes(id))
      const late = Date.now() - at.getTime()
      assert.ok(late >= 0 && late < 500, `${late} ms late`)
    })

    it('look at a lab once when an earlier time replaces a later one, and not at the earlier when a later replaces it', async () => {
      const [{ id: sooner }, { id: later }] = [await store.labs.ensure(newKey()), await store.labs.ensure(newKey())]
      await running.jobs.wake(sooner, soon(3_600_000))
      await running.jobs.wake(sooner, soon(300))
      await running.jobs.wake(later, soon(100))
      await running.jobs.wake(later, soon(3_600_000))
      await calls.until((ids) => ids.length > 0)
      assert.deepEqual(calls.ids, [sooner])
    })

    it('look again at a lab that was changed while it was looked at', async () => {
      const { id } = await store.labs.ensure(newKey())
      let first = true
      reconcile = async (lab) => {
        if (first) {
          first = false
          await store.labs.update(lab, () => ({ lookAt: soon() }))
        }
        calls.add(lab)
      }
      await store.labs.update(id, () => ({ lookAt: soon() }))
      await calls.until((ids) => ids.length === 2)
      assert.deepEqual(calls.ids, [id, id])
    })

    it('come again after each failure, each time later', async () => {
      const { id } = await store.labs.ensure(newKey())
      const times: number[] = []
      reconcile = async (lab) => {
        times.push(Date.now())
        calls.add(lab)
        if (times.length <= 2) throw new Error('the cloud is down')
      }
      await store.labs.update(id, () => ({ lookAt: soon() }))
      await calls.until((ids) => ids.length === 3)
      const [first = 0, second = 0, third = 0] = times
      assert.ok(second - first >= 500, `${second - first} ms`)
      assert.ok(third - second >= 1_000, `${third - second} ms`)
    })

    it('are put off by a failure only when nobody wants an earlier look', async () => {
      const { id } = await store.labs.ensure(newKey())
      const [sooner, wanted, later] = [soon(1_800_000), soon(3_600_000), soon(7_200_000)]
      await running.jobs.wake(id, wanted)
      const retry = async (at: Date) => {
        await query(url, 'select lab_terminal.wake_by($1, $2)', [id, at])
        const rows = await query(url, 'select run_at from graphile_worker.jobs where key = $1', [`lab:${id}`])
        return rows[0]
      }
      assert.deepEqual(await retry(later), { run_at: wanted })
      assert.deepEqual(await retry(sooner), { run_at: sooner })
    })

    it('are never lost when a wish comes just as a worker takes the one before', async () => {
      const { id } = await store.labs.ensure(newKey())
      let seen = 0
      reconcile = async (lab) => {
        seen = Math.max(seen, (await store.labs.get(lab))?.rev ?? 0)
        calls.add(lab)
      }
      for (let round = 0; round < 100; round += 1) {
        await store.labs.update(id, () => ({ lookAt: soon() }))
        // A worker takes the job within these milliseconds.
        await new Promise((resolve) => setTimeout(resolve, round % 8))
        const { rev } = await store.labs.update(id, (lab) => ({
          attempts: lab.attempts + 1,
          lookAt: new Date(soon().getTime() + 1),
        }))
        await calls.until(() => seen >= rev)
      }
    })

    it('are made again by the sweep when they are lost', async () => {
      const { id } = await store.labs.ensure(newKey())
      await store.labs.update(id, () => ({ lookAt: soon(300) }))
      await query(url, 'delete from graphile_worker._private_jobs where key = $1', [`lab:${id}`])
      const other = await connectStore(url, false, { log, replica: 'other' })
      await new Promise((resolve) => setTimeout(resolve, 350))
      const more = await other.startJobs({
        concurrency: 1,
        sweep: async () => undefined,
        reconcile: async (lab) => calls.add(lab),
      })
      await calls.until((ids) => ids.includes(id))
      await more.stop()
      await other.close()
    })
  })

  describe('stopping jobs', () => {
    it('waits for what is under way and takes nothing new', async () => {
      const store = await connectStore(await server.fresh(), true, { log })
      const calls = new Calls()
      const finish = gate()
      let finished = false
      const running = await store.startJobs({
        concurrency: 1,
        sweep: async () => undefined,
        reconcile: async (id) => {
          calls.add(id)
          await finish.opened
          finished = true
        },
      })
      const [one, two] = [await store.labs.ensure(newKey()), await store.labs.ensure(newKey())]
      await store.labs.update(one.id, () => ({ lookAt: soon() }))
      await calls.until((ids) => ids.length === 1)
      await store.labs.update(two.id, () => ({ lookAt: soon() }))
      const stopped = running.stop()
      finish.open()
      await stopped
      assert.equal(finished, true)
      assert.deepEqual(calls.ids, [one.id])
      await store.close()
    })
  })

  describe('the sweep', () => {
    it('runs at the start and regularly, also after it failed', async () => {
      const store = await connectStore(await server.fresh(), true, { log })
      const calls = new Calls()
      const running = await store.startJobs({
        concurrency: 1,
        sweepEvery: 10,
        sweep: async () => {
          calls.add('sweep')
          throw new Error('no')
        },
        reconcile: async () => undefined,
      })
      await calls.until((ids) => ids.length === 3)
      await running.stop()
      await store.close()
    })
  })
}

function afterDeath(server: TestServer): void {
  describe('a replica killed in the middle of a job', () => {
    for (const [what, sole] of [
      ['the only one, started again', true],
      ['one of several', false],
    ] as const) {
      it(`loses nothing: ${what}`, async () => {
        const url = await server.fresh()
        const store = await connectStore(url, false, { log, replica: 'test' })
        const { id } = await store.labs.ensure(newKey())
        const victim = script('worker.ts', [url, 'victim'])
        await victim.said('ready')
        await store.labs.update(id, () => ({ lookAt: soon() }))
        await victim.said(`took ${id}`)
        await victim.end('SIGKILL')
        assert.equal((await query(url, 'select 1 from graphile_worker.jobs where locked_by is not null')).length, 1)
        // What 30 s without a heartbeat do.
        const silent = "update lab_terminal.replica set seen_at = now() - interval '31 seconds' where name = 'victim'"
        if (!sole) await query(url, silent)
        const calls = new Calls()
        const next = await connectStore(url, sole, { log, replica: 'next' })
        const running = await next.startJobs({
          concurrency: 1,
          sweep: async () => undefined,
          reconcile: async (lab) => {
            if (await next.labs.exclusively(lab, async () => undefined)) calls.add(lab)
            else throw new Error('locked by the dead')
          },
        })
        await calls.until((ids) => ids.includes(id))
        await running.stop()
        assert.deepEqual(await query(url, 'select id from graphile_worker.jobs'), [])
        await next.close()
        await store.close()
      })
    }

    it('keeps the jobs of the living locked', async () => {
      const url = await server.fresh()
      const alive = script('worker.ts', [url, 'alive'])
      await alive.said('ready')
      const store = await connectStore(url, false, { log, replica: 'test' })
      const { id } = await store.labs.ensure(newKey())
      await store.labs.update(id, () => ({ lookAt: soon() }))
      await alive.said(`took ${id}`)
      const calls = new Calls()
      const sweeps = new Calls()
      const running = await store.startJobs({
        concurrency: 1,
        sweepEvery: 5,
        sweep: async () => sweeps.add('sweep'),
        reconcile: async (lab) => calls.add(lab),
      })
      await sweeps.until((ids) => ids.length === 5)
      const other = await store.labs.ensure(newKey())
      await store.labs.update(other.id, () => ({ lookAt: soon() }))
      await calls.until((ids) => ids.length > 0)
      assert.deepEqual(calls.ids, [other.id])
      await running.stop()
      await store.close()
      await alive.end('SIGKILL')
    })
  })
}

function outage(server: TestServer): void {
  describe('connections lost in the middle of a job', () => {
    it('cost neither the process nor the job', async () => {
      const url = await server.fresh()
      const store = await connectStore(url, true, { log })
      const calls = new Calls()
      const running = await store.startJobs({
        concurrency: 2,
        sweepEvery: 200,
        sweep: async () => undefined,
        reconcile: async (id) => {
          calls.add(id)
          if (calls.ids.length > 1) return
          await block(url)
          await cutAll(url)
        },
      })
      const { id } = await store.labs.ensure(newKey())
      await store.labs.update(id, () => ({ lookAt: soon() }))
      await calls.until((ids) => ids.length === 1)
      // Marking the job as done fails meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 300))
      await unblock(url)
      const { id: next } = await eventually(() => store.labs.ensure(newKey()))
      await eventually(() => store.labs.update(next, () => ({ lookAt: soon() })))
      await calls.until((ids) => ids.includes(next) && ids.filter((lab) => lab === id).length >= 2)
      await running.stop()
      await store.close()
    })
  })
}

/** No new connections to the database, from others than the superuser's tools. */
async function block(url: string): Promise<void> {
  await onMaintenance(url, (name) => `alter database "${name}" allow_connections false`)
}
async function unblock(url: string): Promise<void> {
  await onMaintenance(url, (name) => `alter database "${name}" allow_connections true`)
}
async function cutAll(url: string): Promise<void> {
  await onMaintenance(url, (name) => `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
}

async function onMaintenance(url: string, sql: (name: string) => string): Promise<void> {
  const name = /\/([^/?]*)(\?|$)/.exec(url)?.[1] ?? ''
  await query(url.replace(/\/[^/?]*(\?|$)/, '/postgres$1'), sql(name))
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
