import { LabError } from '../../../src/wire/problems.js'
import type { CloudAction } from '../../src/labs/lab.js'
import type { Cloud, ListedStack, Look, Observed, StackRef } from '../../src/labs/ports.js'

export type FakeCall = CloudAction | 'reboot'

interface Work {
  readonly action: CloudAction
  /** Ends by itself at this time (ms); undefined = when the test says so. */
  readonly ends: number | undefined
}

/** A cloud in memory whose work ends when the test says so, or after a time. For the domain's own logic only. */
export class FakeCloud implements Cloud {
  readonly name: string
  readonly calls: FakeCall[] = []
  readonly stacks = new Map<string, Observed>()
  readonly createdAt = new Map<string, Date>()
  /** Throws at the next calls of a kind. */
  readonly failures = new Map<FakeCall | 'observe' | 'list', LabError>()
  /** Work of a kind ends so (a reason), as a cloud fails that had accepted it. */
  readonly endings = new Map<CloudAction, string>()
  /** Milliseconds that work takes; absent = until `finish`. */
  readonly takes = new Map<CloudAction, number>()
  outputs: Record<string, string> = { host: '127.0.0.1' }
  /** Stacks it has room for. */
  room = Number.POSITIVE_INFINITY
  looks = 0
  lists = 0
  /** Looks that were content with what a list had found. */
  listedLooks = 0
  /** Looks that wanted outputs. */
  wholeLooks = 0
  /** When work of its own time was done, milliseconds. */
  readonly ended: { readonly stack: string; readonly action: CloudAction; readonly at: number }[] = []
  /** When each call came, milliseconds. */
  readonly times: number[] = []
  readonly #works = new Map<string, Work>()
  readonly #now: () => Date

  constructor(name = 'fake', now: () => Date = () => new Date(0)) {
    this.name = name
    this.#now = now
  }

  async observe(ref: StackRef, { since, outputs = true }: Look = {}): Promise<Observed> {
    this.looks += 1
    if (since !== undefined) this.listedLooks += 1
    if (outputs) this.wholeLooks += 1
    this.#fail('observe')
    this.#elapse()
    const seen = this.stacks.get(ref.stack) ?? { state: 'absent' }
    return seen.state === 'running' && !outputs ? { ...seen, outputs: {} } : seen
  }
  async create(ref: StackRef): Promise<void> {
    this.#fail('create')
    if (!this.stacks.has(ref.stack) && this.stacks.size >= this.room) {
      this.calls.push('create')
      throw new LabError('lab/queue-full')
    }
    this.createdAt.set(ref.stack, this.#now())
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
  async reboot(_ref: StackRef): Promise<void> {
    this.calls.push('reboot')
    this.#fail('reboot')
  }
  async list(): Promise<ListedStack[]> {
    this.lists += 1
    this.#fail('list')
    this.#elapse()
    return [...this.stacks].map(([stack, { state, ...more }]) => {
      const action = 'action' in more ? { action: more.action } : {}
      return { stack, state, ...action, createdAt: this.createdAt.get(stack) ?? new Date(0) }
    })
  }
  async close(): Promise<void> {}

  /** Ends the work under way. */
  finish(failure?: string): void {
    for (const stack of this.stacks.keys()) this.#end(stack, failure)
  }

  #begin(action: CloudAction, ref: StackRef): void {
    if (action !== 'create' || !this.failures.has('create')) this.calls.push(action)
    if (action !== 'create') this.#fail(action)
    this.#elapse()
    if (action === 'delete' && !this.stacks.has(ref.stack)) return
    const takes = this.takes.get(action)
    this.stacks.set(ref.stack, { state: 'working', action })
    this.#works.set(ref.stack, { action, ends: takes === undefined ? undefined : this.#now().getTime() + takes })
  }

  #elapse(): void {
    this.times.push(this.#now().getTime())
    for (const [stack, { ends, action }] of this.#works) {
      if (ends === undefined || ends > this.#now().getTime()) continue
      this.ended.push({ stack, action, at: ends })
      this.#end(stack)
    }
  }

  #end(stack: string, failure?: string): void {
    const seen = this.stacks.get(stack)
    this.#works.delete(stack)
    if (seen?.state !== 'working') return
    const reason = failure ?? this.endings.get(seen.action)
    if (reason !== undefined) this.stacks.set(stack, { state: 'failed', action: seen.action, reason })
    else if (seen.action === 'delete') this.stacks.delete(stack)
    else if (seen.action === 'suspend') this.stacks.set(stack, { state: 'suspended' })
    else this.stacks.set(stack, { state: 'running', outputs: this.outputs })
  }

  #fail(what: FakeCall | 'observe' | 'list'): void {
    const failure = this.failures.get(what)
    if (failure && what === 'create') this.calls.push('create')
    if (failure) throw failure
  }
}
