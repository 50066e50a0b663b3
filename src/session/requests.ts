/** Runs what the page asks of the server: the watch (status and events), extra looks at the status, and actions. */
import { LabError, type Problem } from '../wire/problems.js'
import type { LabAction } from '../wire/protocol.js'
import type { LabStatus } from '../wire/schema.js'
import type { LabApi } from './api.js'

export interface RequestListener {
  live(watch: number): void
  status(watch: number, status: LabStatus): void
  lost(watch: number, problem: Problem): void
  answered(request: number, watch: number, status: LabStatus): void
  failed(request: number, problem: Problem): void
}

export class Requests {
  readonly #api: LabApi
  readonly #listener: RequestListener
  readonly #asked = new Map<number, AbortController>()
  #watch: { readonly watch: number; readonly controller: AbortController } | undefined
  #look: AbortController | undefined

  constructor(api: LabApi, listener: RequestListener) {
    this.#api = api
    this.#listener = listener
  }

  /** Gets the status and, at the same time, follows the events. */
  watch(watch: number): void {
    this.unwatch()
    const controller = new AbortController()
    const { signal } = controller
    const current = { watch, controller }
    this.#watch = current
    let heard = false
    const hear = (status: LabStatus) => {
      heard = true
      if (this.#watch === current) this.#listener.status(watch, status)
    }
    const lose = (error: unknown) => {
      if (this.#watch !== current) return
      this.unwatch()
      this.#listener.lost(watch, problemOf(error))
    }
    const first = this.#api.status(signal).then(hear, (error: unknown) => {
      if (!heard) lose(error)
    })
    const opened = () => {
      if (this.#watch === current) this.#listener.live(watch)
    }
    this.#api.events({ opened, status: hear }, signal).catch((error: unknown) => first.then(() => lose(error)))
  }

  unwatch(watch = this.#watch?.watch): void {
    const current = this.#watch
    if (!current || current.watch !== watch) return
    this.#watch = undefined
    current.controller.abort()
  }

  /** Looks at the status once more; a look that fails says that the way to the server is lost. */
  look(watch: number): void {
    this.#look?.abort()
    const controller = new AbortController()
    this.#look = controller
    this.#api.status(controller.signal).then(
      (status) => {
        if (!controller.signal.aborted) this.#listener.status(watch, status)
      },
      (error: unknown) => {
        if (!controller.signal.aborted) this.#listener.lost(watch, problemOf(error))
      },
    )
  }

  ask(request: number, action: LabAction, watch: number): void {
    const controller = new AbortController()
    this.#asked.set(request, controller)
    this.#api.act(action, controller.signal).then(
      (status) => {
        if (this.#asked.delete(request)) this.#listener.answered(request, watch, status)
      },
      (error: unknown) => {
        if (this.#asked.delete(request)) this.#listener.failed(request, problemOf(error))
      },
    )
  }

  cancel(request: number): void {
    const controller = this.#asked.get(request)
    this.#asked.delete(request)
    controller?.abort()
  }

  /** Nothing is under way any more. */
  stop(): void {
    this.unwatch()
    this.#look?.abort()
    for (const request of [...this.#asked.keys()]) this.cancel(request)
    this.#api.cancel()
  }
}

function problemOf(error: unknown): Problem {
  return error instanceof LabError ? error.problem : new LabError('server/unreachable', { cause: error }).problem
}
