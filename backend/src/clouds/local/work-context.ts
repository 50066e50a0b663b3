/** What each piece of work of the local cloud is given. */
import type { BaseLogger } from 'pino'
import type { Clock } from '../../labs/clock.js'

export type Log = Pick<BaseLogger, 'info' | 'warn' | 'error'>

/** The points between two durable changes, in order. Tests end the backend at each of them. */
export const LOCAL_STEPS = [
  'create.folder-made',
  'create.keys-made',
  'create.files-copied',
  'create.host-spawned',
  'create.host-up',
  'create.setup-begun',
  'create.setup-done',
  'create.done',
  'suspend.begun',
  'suspend.some-stopped',
  'suspend.all-stopped',
  'suspend.host-stopped',
  'suspend.done',
  'resume.begun',
  'resume.host-spawned',
  'resume.host-up',
  'resume.some-continued',
  'resume.all-continued',
  'resume.done',
  'delete.begun',
  'delete.ended',
  'delete.renamed',
  'delete.done',
] as const

export type LocalStep = (typeof LOCAL_STEPS)[number]

export interface WorkContext {
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the work must give way to a delete or to the end of the backend. */
  readonly signal: AbortSignal
  /** Throws `Interrupted` when the work must end here. */
  step(name: LocalStep): Promise<void>
  progress(done: number, total: number): void
}

/** The work ended early and says nothing about the lab: whoever looks next takes it up again. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** The work cannot be done; the message is for staff and holds no secret. */
export class WorkFailed extends Error {
  override readonly name = 'WorkFailed'
}
