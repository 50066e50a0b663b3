/**
 * The jobs that look after labs, on graphile-worker: one a lab, carrying its id only. A job that was lost, whatever the
 * reason, is made again by the sweep from the labs that are overdue.
 */
import { EventEmitter } from 'node:events'
import { runTaskList, type WorkerEvents, type WorkerPool } from 'graphile-worker'
import type { Pool } from 'pg'
import type { BaseLogger } from 'pino'
import type { LabId } from '../labs/lab.js'
import type { Jobs } from '../labs/ports.js'
import type { Alarm } from './alarm.js'
import { freeDeadJobs, scheduleOverdue } from './job-rescue.js'
import type { Presence } from './presence.js'
import { workerLogger } from './worker-logger.js'

/** Due jobs that no alarm of this replica rings for (another replica's, a run before) wait this long at most. */
const POLL_MS = 1_000
const SWEEP_MS = 15_000
/** After a failure of `reconcile`, and after workers that ended by themselves. */
const RETRY_MS = { first: 1_000, most: 60_000 }

export interface JobWork {
  /** Labs at once on this replica. */
  readonly concurrency: number
  /** Looks at one lab. When it throws, it is called again, each time after a longer delay. */
  readonly reconcile: (id: LabId) => Promise<void>
  /** Called at the start and then regularly, on every replica, one call at a time. */
  readonly sweep: () => Promise<void>
  /** Milliseconds between sweeps; default 15 s. */
  readonly sweepEvery?: number
}

export interface JobParts {
  readonly pool: Pool
  readonly presence: Presence
  readonly alarm: Alarm
  /** The database has no other replica: whatever is locked at the start is left from an earlier run. */
  readonly sole: boolean
  readonly log: BaseLogger
  readonly now: () => Date
  readonly random?: () => number
}

export interface RunningJobs {
  readonly jobs: Jobs
  /** Takes no more jobs and resolves when those under way have ended. */
  stop(): Promise<void>
}

export async function startJobs(parts: JobParts, work: JobWork): Promise<RunningJobs> {
  await freeDeadJobs(parts.pool, { all: parts.sole })
  const crew = new Crew(parts, work)
  await crew.start()
  const sweeper = new Sweeper(parts, work)
  sweeper.start()
  return {
    jobs: { wake: (id, at) => crew.wake(id, at) },
    stop: async () => {
      await sweeper.stop()
      await crew.stop()
    },
  }
}

/** The workers of this replica. */
class Crew {
  readonly #parts: JobParts
  readonly #work: JobWork
  readonly #failures = new Map<LabId, number>()
  readonly #random: () => number
  #workers: WorkerPool | undefined
  #restart: NodeJS.Timeout | undefined
  #stopped = false

  constructor(parts: JobParts, work: JobWork) {
    this.#parts = parts
    this.#work = work
    this.#random = parts.random ?? Math.random
  }

  async start(): Promise<void> {
    if (this.#stopped) return
    const { pool, presence, alarm, log } = this.#parts
    const events: WorkerEvents = new EventEmitter()
    const workers = runTaskList(
      {
        concurrency: this.#work.concurrency,
        noHandleSignals: true,
        pollInterval: POLL_MS,
        // `lookAt` is of this process's clock, and the lab must be due by it.
        useNodeTime: true,
        logger: workerLogger(log),
        events,
        // Unbatched, a job that cannot be marked as done (the database restarts) is an unhandled rejection.
        preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      },
      { reconcile: (payload) => this.#run(payload) },
      pool,
    )
    this.#workers = workers
    alarm.onRing(() => this.#nudge())
    workers.promise.catch(() => undefined)
    events.once('pool:gracefulShutdown', () => this.#lost(workers))
    await presence.workersStarted(workers.id)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    const workers = this.#workers
    this.#workers = undefined
    await workers?.gracefulShutdown()
  }

  async wake(id: LabId, at: Date): Promise<void> {
    await this.#parts.pool.query('select lab_terminal.wake($1, $2)', [id, at])
    this.#parts.alarm.set(id, at)
  }

  async #run(payload: unknown): Promise<void> {
    const id = labOf(payload)
    if (id === undefined) return
    try {
      await this.#work.reconcile(id)
      this.#failures.delete(id)
    } catch (error) {
      await this.#retry(id, error)
    }
  }

  /** By a job of its own: those of graphile-worker end after so many attempts. */
  async #retry(id: LabId, error: unknown): Promise<void> {
    const failures = (this.#failures.get(id) ?? 0) + 1
    this.#failures.set(id, failures)
    const delay = Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most) * (0.5 + this.#random() / 2)
    this.#parts.log.error({ err: error, lab: id, failures, retryInMs: Math.round(delay) }, 'looking after a lab failed')
    const at = new Date(this.#parts.now().getTime() + delay)
    await this.#parts.pool.query('select lab_terminal.wake_by($1, $2)', [id, at])
    this.#parts.alarm.set(id, at)
  }

  /** The workers ended by themselves, which they do when the database fails them at the wrong moment. */
  #lost(workers: WorkerPool): void {
    if (this.#workers !== workers) return
    this.#workers = undefined
    this.#startSoon(workers.id)
  }

  #startSoon(lost: string): void {
    if (this.#stopped) return
    const delay = RETRY_MS.first * (0.5 + this.#random())
    this.#parts.log.warn({ retryInMs: Math.round(delay) }, 'the job workers ended; starting new ones')
    this.#restart = setTimeout(() => {
      // Asked first, so that workers are started only when the database answers.
      freeDeadJobs(this.#parts.pool, { pool: lost })
        .then(() => this.start())
        .catch((error) => {
          this.#parts.log.warn({ err: error }, 'the job workers could not be started')
          this.#startSoon(lost)
        })
    }, delay)
  }

  #nudge(): void {
    try {
      this.#workers?.nudge(1)
    } catch (error) {
      // It is shutting down; the job is found by the next one that polls.
      this.#parts.log.debug({ err: error }, 'no worker to wake')
    }
  }
}

/** Mends what was lost, at the start and then regularly. */
class Sweeper {
  readonly #parts: JobParts
  readonly #work: JobWork
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(parts: JobParts, work: JobWork) {
    this.#parts = parts
    this.#work = work
  }

  start(): void {
    this.#running = this.#sweep().finally(() => {
      if (this.#stopped) return
      const every = this.#work.sweepEvery ?? SWEEP_MS
      // Replicas that started together do not stay together.
      this.#timer = setTimeout(() => this.start(), every * (0.9 + (this.#parts.random ?? Math.random)() / 5))
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #sweep(): Promise<void> {
    const { pool, now, log } = this.#parts
    const steps = [() => freeDeadJobs(pool, {}), () => scheduleOverdue(pool, now()), this.#work.sweep]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        log.error({ err: error }, 'a sweep of the labs failed')
      }
    }
  }
}

function labOf(payload: unknown): LabId | undefined {
  const lab = typeof payload === 'object' && payload !== null && 'lab' in payload ? payload.lab : undefined
  return typeof lab === 'string' ? lab : undefined
}
