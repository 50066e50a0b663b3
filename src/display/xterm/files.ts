/**
 * Files between the page and the host of a text terminal (docs/terminal-files.md). A transfer outlives the links: it
 * waits while there is none, and goes on from the byte that arrived.
 */

import { LabError, type ProblemCode, problemOf } from '../../wire/problems.js'
import type { DisplayEvent, FileDoor, HostFileRules, Transfer } from '../display.js'
import { orAborted } from '../or-aborted.js'
import type { PulsePorts } from '../pulse.js'
import { fetchFile } from './file-download.js'
import { sendFile } from './file-upload.js'

/** First pause (ms) before another try while the terminal is connected; doubled each time. */
const RETRY_MS = 500
/** Tries in a row that move no byte, after which it is given up. */
const MAX_TRIES = 6

export interface HostFilesOptions {
  readonly ports: PulsePorts
  readonly door: FileDoor
  readonly rules: HostFileRules
  readonly notify: (event: Extract<DisplayEvent, { type: 'transfer' }>) => void
  /** Gives a whole file to the browser, to be saved under its name. */
  readonly save: (file: Blob, name: string) => void
}

/** What one try needs, and tells. */
export interface Try {
  readonly door: FileDoor
  readonly rules: HostFileRules
  readonly signal: AbortSignal
  /** Bytes moved; from 0 to 1. */
  readonly progress: (share: number) => void
}

/** One file on its way. It keeps between its tries how far it is. */
export interface Job {
  readonly name: string
  /** Refused before the first byte. */
  readonly refusal?: ProblemCode | undefined
  run(attempt: Try): Promise<Pick<Transfer, 'name' | 'state'>>
  /** The same once more, from the beginning. */
  again(replace: boolean): Job
  /** After `run` ended: leaves nothing behind. */
  abandon(attempt: Omit<Try, 'progress'>): Promise<void>
}

interface Running {
  readonly id: number
  readonly job: Job
  readonly cancelled: AbortController
  /** Ends the try under way, because the link is gone. */
  stop: () => void
  share: number
}

/** A lab that sleeps: its learner wakes it, and the files go on by themselves. */
const ASLEEP: ReadonlySet<string> = new Set<ProblemCode>(['lab/not-running', 'lab/paused'])

export class HostFiles {
  readonly #options: HostFilesOptions
  readonly #running = new Map<number, Running>()
  /** What may be tried once more. */
  readonly #failed = new Map<number, Job>()
  /** Told when the terminal is connected. */
  readonly #waiting = new Set<() => void>()
  readonly #disposed = new AbortController()
  #linked = false
  #last = 0
  /** Uploads go one after the other: each takes all of the line. */
  #line: Promise<unknown> = Promise.resolve()

  constructor(options: HostFilesOptions) {
    this.#options = options
  }

  /** The terminal is connected, or no longer. */
  follow(linked: boolean): void {
    if (linked === this.#linked) return
    this.#linked = linked
    if (linked) for (const go of this.#waiting) go()
    else for (const { stop } of this.#running.values()) stop()
    this.#waiting.clear()
  }

  /** Into the home of the terminal's user. */
  upload(files: readonly File[]): void {
    for (const file of files) this.#upload(sendFile(file, this.#options.rules.largest))
  }

  download(path: string): void {
    void this.#start(fetchFile(path, this.#options.save), Promise.resolve())
  }

  cancel(id: number): void {
    this.#running.get(id)?.cancelled.abort()
  }

  again(id: number): void {
    const job = this.#failed.get(id)
    this.#failed.delete(id)
    if (job) this.#upload(job)
  }

  dispose(): void {
    for (const { cancelled } of [...this.#running.values()]) cancelled.abort()
    this.#disposed.abort()
  }

  #upload(job: Job): void {
    this.#line = Promise.all([this.#line, this.#start(job, this.#line)])
  }

  #start(job: Job, turn: Promise<unknown>): Promise<void> {
    const running: Running = {
      id: ++this.#last,
      job,
      cancelled: new AbortController(),
      stop: () => undefined,
      share: 0,
    }
    this.#running.set(running.id, running)
    this.#tell(running, { state: 'going' })
    return this.#carry(running, turn)
  }

  /** Resolves when the next one may go: not after what this one left has been removed. */
  async #carry(running: Running, turn: Promise<unknown>): Promise<void> {
    const { job, cancelled } = running
    try {
      if (job.refusal) throw new LabError(job.refusal)
      await orAborted(turn, cancelled.signal)
      const end = await this.#tries(running)
      running.share = 1
      this.#tell(running, end)
      this.#running.delete(running.id)
    } catch (error) {
      if (cancelled.signal.aborted) this.#tell(running, { state: 'cancelled' })
      else this.#fail(running, error)
      void this.#abandon(running).finally(() => this.#running.delete(running.id))
    }
  }

  /** Removes what came of it, once there is a link; once more at the end, where there is none. */
  async #abandon(running: Running): Promise<void> {
    const { signal } = this.#disposed
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      await this.#linkOf(signal).catch(() => undefined)
      const attempt = new AbortController()
      running.stop = () => attempt.abort(new LabError('link/lost'))
      try {
        await running.job.abandon({ ...this.#options, signal: attempt.signal })
        return
      } catch (error) {
        if (signal.aborted || (this.#linked && !isPassing(error))) return
        if (this.#linked) await this.#pause(RETRY_MS * 2 ** tries, signal).catch(() => undefined)
      }
    }
  }

  async #tries(running: Running): Promise<Pick<Transfer, 'name' | 'state'>> {
    const { cancelled, job } = running
    for (let tries = 0; ; ) {
      if (!this.#linked) this.#tell(running, { state: 'waiting' })
      await this.#linkOf(cancelled.signal)
      const before = running.share
      try {
        return await this.#attempt(running)
      } catch (error) {
        cancelled.signal.throwIfAborted()
        if (this.#linked && !isPassing(error)) throw error
        tries = running.share > before ? 0 : tries + 1
        if (this.#linked && tries >= MAX_TRIES) throw error
        this.#tell(running, { state: 'waiting', name: job.name })
        if (this.#linked) await this.#pause(RETRY_MS * 2 ** tries, cancelled.signal)
      }
    }
  }

  async #attempt(running: Running): Promise<Pick<Transfer, 'name' | 'state'>> {
    const { job, cancelled } = running
    const { door, rules } = this.#options
    const attempt = new AbortController()
    const { signal } = attempt
    const cancel = () => attempt.abort(cancelled.signal.reason)
    cancelled.signal.addEventListener('abort', cancel, { signal })
    running.stop = () => attempt.abort(new LabError('link/lost'))
    const progress = (share: number) => {
      running.share = share
      if (!signal.aborted) this.#tell(running, { state: 'going' })
    }
    try {
      return await job.run({ door, rules, signal, progress })
    } finally {
      attempt.abort()
    }
  }

  async #linkOf(signal: AbortSignal): Promise<void> {
    if (this.#linked) return
    await orAborted(new Promise<void>((go) => this.#waiting.add(go)), signal)
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { ports } = this.#options
    let timer: number | undefined
    const passed = new Promise<void>((resolve) => {
      timer = ports.setTimeout(resolve, ms)
    })
    return orAborted(passed, signal).finally(() => ports.clearTimeout(timer ?? 0))
  }

  #fail(running: Running, error: unknown): void {
    const problem = error instanceof LabError ? error.problem : problemOf('link/file-failed')
    const again = problem.code === 'file/exists' ? 'replace' : problem.retry === 'never' ? undefined : 'retry'
    if (again) this.#failed.set(running.id, running.job.again(again === 'replace'))
    this.#tell(running, { state: 'failed', problem, ...(again && { again }) })
  }

  #tell({ id, job, share }: Running, news: Partial<Transfer> & Pick<Transfer, 'state'>): void {
    this.#options.notify({ type: 'transfer', transfer: { id, name: job.name, share, ...news } })
  }
}

/** The same request may do later. */
function isPassing(error: unknown): boolean {
  return error instanceof LabError && (error.problem.retry === 'auto' || ASLEEP.has(error.code))
}
