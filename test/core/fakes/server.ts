/** A cooperative server and display in pure data: does what the machine asks for, one thing at a time. */
import type { Effect } from '../../../src/core/effects.js'
import type { LabStatus } from '../../../src/wire/schema.js'
import type { Brain } from './brain.js'

export class Server {
  readonly #brain: Brain
  phase: LabStatus['phase']
  desired: LabStatus['desired']
  readonly #todo: Effect[] = []

  constructor(brain: Brain) {
    this.#brain = brain
    this.phase = brain.context.lab?.phase ?? 'absent'
    this.desired = brain.context.lab?.desired ?? 'absent'
  }

  /** Takes over what the machine asked for last. */
  take(effects: readonly Effect[]): void {
    this.#todo.push(...effects)
  }

  /** Runs until nothing is left to do. `false` when it never ends. */
  settle(): boolean {
    for (let round = 0; round < 200; round += 1) {
      const effect = this.#todo.shift()
      if (effect) this.#serve(effect)
      else if (!this.#work()) return true
      if (effect || this.#brain.effects.length > 0) this.#drain()
    }
    return false
  }

  #drain(): void {
    this.take(this.#brain.effects)
    this.#brain.effects = []
  }

  #serve(effect: Effect): void {
    const brain = this.#brain
    brain.effects = []
    switch (effect.type) {
      case 'watch':
        brain.live()
        this.take(brain.effects)
        brain.hear({ phase: this.phase, desired: this.desired })
        break
      case 'refresh':
        brain.hear({ phase: this.phase, desired: this.desired })
        break
      case 'connect':
        if (this.phase === 'running') brain.ready()
        else brain.close('lab/not-running')
        break
      case 'ask':
        if (effect.action === 'suspend') this.desired = 'suspended'
        else if (effect.action !== 'touch') this.desired = 'running'
        brain.answer({ phase: this.phase, desired: this.desired })
        break
      case 'alarm':
        if (effect.at === undefined) break
        brain.now = Math.max(brain.now, effect.at)
        if (effect.name !== 'open') brain.ring(effect.name)
        break
      default:
        break
    }
  }

  /** The reconciler: one step towards what is desired. */
  #work(): boolean {
    const next = this.desired === 'running' ? 'running' : this.desired
    const settled = this.phase === next
    if (settled && this.#brain.context.lab?.phase === this.phase) return false
    if (this.phase === 'suspending') this.phase = 'suspended'
    else if (this.phase === 'deleting') this.phase = 'absent'
    else this.phase = next
    this.#brain.effects = []
    this.#brain.hear({ phase: this.phase, desired: this.desired })
    return true
  }
}
