import type { LabError } from '../../../src/wire/problems.js'
import type { CloudAction } from '../../src/labs/lab.js'
import type { Cloud, ListedStack, Observed, StackRef } from '../../src/labs/ports.js'

/** A cloud in memory whose work ends when the test says so. For the domain's own logic only. */
export class FakeCloud implements Cloud {
  readonly name = 'fake'
  readonly calls: CloudAction[] = []
  readonly stacks = new Map<string, Observed>()
  /** Throws at the next calls of a kind. */
  readonly failures = new Map<CloudAction | 'observe', LabError>()

  async observe(ref: StackRef): Promise<Observed> {
    this.#fail('observe')
    return this.stacks.get(ref.stack) ?? { state: 'absent' }
  }
  async create(ref: StackRef): Promise<void> {
    this.#begin('create', ref)
  }
  async suspend(ref: StackRef): Promise<void> {
    this.#begin('suspend', ref)
  }
  async resume(ref: StackRef): Promise<void> {
    this.#begin('resume', ref)
  }
  async delete(ref: StackRef): Promise<void> {
    this.#begin('delete', ref)
  }
  async list(): Promise<ListedStack[]> {
    return [...this.stacks].map(([stack, { state }]) => ({ stack, state, createdAt: new Date(0) }))
  }
  async close(): Promise<void> {}

  /** Ends the work under way. */
  finish(failure?: string): void {
    for (const [stack, seen] of this.stacks) {
      if (seen.state !== 'working') continue
      if (failure) this.stacks.set(stack, { state: 'failed', action: seen.action, reason: failure })
      else if (seen.action === 'delete') this.stacks.delete(stack)
      else if (seen.action === 'suspend') this.stacks.set(stack, { state: 'suspended' })
      else this.stacks.set(stack, { state: 'running', outputs: { host: '127.0.0.1' } })
    }
  }

  #begin(action: CloudAction, ref: StackRef): void {
    this.calls.push(action)
    this.#fail(action)
    if (action === 'delete' && !this.stacks.has(ref.stack)) return
    this.stacks.set(ref.stack, { state: 'working', action })
  }

  #fail(what: CloudAction | 'observe'): void {
    const failure = this.failures.get(what)
    if (failure) throw failure
  }
}
