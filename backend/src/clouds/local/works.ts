/** What is under way in this process: at most one piece of work a stack. */
import { LabError } from '../../../../src/wire/problems.js'
import type { Clock } from '../../labs/clock.js'
import type { CloudAction } from '../../labs/lab.js'
import { Interrupted, type LocalStep, type Log, type WorkContext, WorkFailed } from './work-context.js'

export interface Progress {
  readonly done: number
  readonly total: number
}

interface Work {
  readonly action: CloudAction
  readonly controller: AbortController
  readonly ended: Promise<void>
  progress: Progress | undefined
}

export interface Failure {
  readonly action: CloudAction
  readonly reason: string
}

export interface WorksOptions {
  readonly clock: Clock
  readonly log: Log
  readonly onStep?: ((step: string) => void | Promise<void>) | undefined
}

export class Works {
  readonly #options: WorksOptions
  readonly #running = new Map<string, Work>()
  readonly #failures = new Map<string, Failure>()
  readonly #starts = new Map<string, number>()

  constructor(options: WorksOptions) {
    this.#options = options
  }

  current(stack: string): { readonly action: CloudAction; readonly progress?: Progress } | undefined {
    const work = this.#running.get(stack)
    if (work === undefined) return undefined
    return work.progress === undefined ? { action: work.action } : { action: work.action, progress: work.progress }
  }

  /** Grows with each piece of work of the stack that is started. */
  starts(stack: string): number {
    return this.#starts.get(stack) ?? 0
  }

  /** How the last piece of work failed, until another one is started. */
  failure(stack: string): Failure | undefined {
    return this.#failures.get(stack)
  }

  /**
   * Starts work and does not wait for it. The same work under way is joined; a delete waits for other work to give
   * way; for anything else the stack is busy, `LabError('cloud/unreachable')`: try again.
   */
  start(stack: string, action: CloudAction, run: (context: WorkContext) => Promise<void>): void {
    const before = this.#running.get(stack)
    if (before?.action === action) return
    if (before !== undefined && action !== 'delete') {
      throw new LabError('cloud/unreachable', { message: `stack ${stack} is busy: ${before.action} is under way` })
    }
    before?.controller.abort()
    this.#starts.set(stack, this.starts(stack) + 1)
    this.#failures.delete(stack)
    const controller = new AbortController()
    const ended = (before?.ended ?? Promise.resolve()).then(() => this.#run(stack, work, run))
    const work: Work = { action, controller, ended, progress: undefined }
    this.#running.set(stack, work)
  }

  /** All work gives way; resolves when it has. */
  async stop(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { controller } of all) controller.abort()
    await Promise.all(all.map(({ ended }) => ended))
  }

  async #run(stack: string, work: Work, run: (context: WorkContext) => Promise<void>): Promise<void> {
    const { log } = this.#options
    const { action } = work
    try {
      await run(this.#context(work))
    } catch (error) {
      if (error instanceof Interrupted) {
        log.info({ stack, action, err: error }, 'work interrupted')
      } else {
        const reason = error instanceof Error ? error.message : String(error)
        this.#failures.set(stack, { action, reason })
        log.error({ stack, action, ...(error instanceof WorkFailed ? { reason } : { err: error }) }, 'work failed')
      }
    } finally {
      if (this.#running.get(stack) === work) this.#running.delete(stack)
    }
  }

  #context(work: Work): WorkContext {
    const { clock, log, onStep } = this.#options
    const { signal } = work.controller
    return {
      clock,
      log,
      signal,
      progress: (done, total) => {
        work.progress = { done, total }
      },
      step: async (name: LocalStep) => {
        try {
          await onStep?.(name)
        } catch (cause) {
          throw new Interrupted(`interrupted at ${name}`, { cause })
        }
        if (signal.aborted) throw new Interrupted(`gave way at ${name}`)
      },
    }
  }
}
