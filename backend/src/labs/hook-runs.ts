import type { BaseLogger } from 'pino'
import type { LabConfig } from '../config/config.js'
import type { HookEvent, Lab } from './lab.js'
import type { Hooks, LabStore } from './ports.js'

export interface HookRunsDeps {
  readonly store: LabStore
  readonly hooks: Hooks
  readonly now: () => Date
  readonly log: BaseLogger
}

/**
 * The hooks under way on this replica, apart from the reconciler, which looks at other labs meanwhile. One that dies
 * with its replica is not begun again: its lab goes on when the hook's time is over.
 */
export class HookRuns {
  readonly #deps: HookRunsDeps
  readonly #running = new Set<Promise<void>>()

  constructor(deps: HookRunsDeps) {
    this.#deps = deps
  }

  start(lab: Lab, config: LabConfig, event: HookEvent, outputs: Readonly<Record<string, string>>): void {
    const run = this.#run(lab, config, event, outputs).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  /** Resolves when none runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #run(lab: Lab, config: LabConfig, event: HookEvent, outputs: Readonly<Record<string, string>>): Promise<void> {
    const { store, hooks, now, log } = this.#deps
    const about = { lab: lab.id, name: lab.name, hook: event }
    try {
      await hooks.run(lab.id, config, event, outputs)
      log.info(about, 'hook done')
    } catch (error) {
      log.warn({ ...about, err: error }, 'hook failed; the lab goes on without it')
    }
    try {
      await store.update(lab.id, ({ hook }) =>
        hook?.event === event && hook.at === lab.hook?.at
          ? { hook: { ...hook, done: true }, lookAt: now() }
          : undefined,
      )
    } catch (error) {
      log.error({ ...about, err: error }, 'the end of a hook is not put down; its lab waits for the time limit')
    }
  }
}
