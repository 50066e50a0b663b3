/** What the domain needs of the outside. Implementations pass the contract suites in `test/contract`. */
import type { LabConfig } from '../config/config.js'
import type { CloudAction, HookEvent, Lab, LabChange, LabId, LabKey } from './lab.js'
import type { Usage, UsageFilter } from './usage.js'

/** Names one stack in one cloud. */
export interface StackRef {
  readonly lab: LabKey & { readonly id: LabId }
  readonly stack: string
}

/**
 * What a cloud says of a stack. `outputs` may hold secrets: they go to the gateway, never to a browser or a log.
 * A cloud that cannot tell throws `LabError('cloud/unreachable')`; that is never taken for `absent`.
 */
export type Observed =
  | { readonly state: 'absent' }
  | { readonly state: 'working'; readonly action: CloudAction; readonly progress?: { done: number; total: number } }
  | { readonly state: 'running'; readonly outputs: Readonly<Record<string, string>> }
  | { readonly state: 'suspended' }
  | { readonly state: 'failed'; readonly action: CloudAction; readonly reason: string }

/**
 * What the reconciler knows of a lab: the cloud's word, and for a lab on its way to its learner whether it answers.
 * `unready`: it runs, and its terminals do not answer yet. `unbooted`: servers of it want a reboot after this resume.
 */
export type Seen = Observed | { readonly state: 'unready'; readonly why: string } | { readonly state: 'unbooted' }

/** How a stack is looked at. */
export interface Look {
  /** What was found after this moment of the monotonic clock will do; otherwise what is found from now on. */
  readonly since?: number
  /** `false`: nobody will ask for the outputs, which may cost a call more; there are none then. */
  readonly outputs?: boolean
}

/** A stack as a cloud's list tells of it. */
export interface ListedStack {
  readonly stack: string
  readonly state: Observed['state']
  /** What is being done, or failed, where the list tells it. */
  readonly action?: CloudAction
  readonly createdAt: Date
}

/**
 * A cloud starts work and never waits for its end; every call may be killed and made again.
 * Throws `LabError` with `cloud/unreachable` (try again), `cloud/refused` or `cloud/misconfigured`; `create` also
 * `lab/queue-full`, where the cloud has no room now.
 */
export interface Cloud {
  readonly name: string
  observe(ref: StackRef, look?: Look): Promise<Observed>
  create(ref: StackRef): Promise<void>
  suspend(ref: StackRef): Promise<void>
  resume(ref: StackRef): Promise<void>
  /** Deleting what is not there is no error. */
  delete(ref: StackRef): Promise<void>
  /**
   * Reboots, hard, the servers that the stack's output `reboot_on_resume` names. Resolves when they are on their way
   * down, so that one that answers after this has booted anew. A cloud without it knows no such servers.
   */
  reboot?(ref: StackRef): Promise<void>
  /** Asks whether the lab's template and parameters would do, and makes nothing. Throws `LabError` with the cloud's words. */
  validate?(lab: string): Promise<void>
  /** Every stack that carries the mark of this service, whoever made it; for the sweep. */
  list(): Promise<readonly ListedStack[]>
  /** The backend stops in good order; called once. */
  close(): Promise<void>
}

export type Answer =
  | { readonly ready: true }
  /** `final`: waiting will not help, such as an output that the template does not have. */
  | { readonly ready: false; readonly why: string; readonly final: boolean }

/** One launch or resume of a lab: its hosts are other machines, or the same ones started anew, in the next. */
export type Arrival = Pick<Lab, 'id' | 'cloud' | 'startedAt'>

/** Whether a lab's terminals answer as a learner would meet them. One bounded try; never throws. */
export interface Readiness {
  probe(arrival: Arrival, config: LabConfig, outputs: Readonly<Record<string, string>>): Promise<Answer>
}

/** Runs the operator's script of an event on the lab, within a bound. Throws `LabError` when it fails or cannot. */
export interface Hooks {
  run(lab: LabId, config: LabConfig, event: HookEvent, outputs: Readonly<Record<string, string>>): Promise<void>
}

/** A lab in line for a room, or just let in and not seen in its cloud yet. */
export type Waiting = Pick<Lab, 'id' | 'name' | 'phase' | 'cloud' | 'tried'> & { readonly queuedAt: Date }

/** How full the clouds are. */
export interface House {
  /** Labs of a name that have a place in a cloud, asleep or awake. */
  readonly places: readonly { readonly cloud: string; readonly name: string; readonly count: number }[]
  /** Who waits, first come first. */
  readonly line: readonly Waiting[]
}

/** How long the same work took before, for an honest estimate. */
export interface Durations {
  readonly typicalSeconds: number
  readonly slowSeconds: number
}

export interface LabStore {
  find(key: LabKey): Promise<Lab | undefined>
  get(id: LabId): Promise<Lab | undefined>
  /** Finds or inserts (phase `absent`, desired `absent`): one row a key, however many ask at once. */
  ensure(key: LabKey): Promise<Lab>
  /**
   * Reads the row under a lock, applies the pure `change`, writes, in one transaction. `undefined` or a change that
   * equals the row writes nothing and keeps `rev`. A changed phase is written to the ledger; watchers hear of every
   * change after the commit, and `wake` is scheduled in the same transaction when `lookAt` changed to a date.
   */
  update(id: LabId, change: (lab: Lab) => LabChange | undefined): Promise<Lab>
  /**
   * As `update`, knowing how full the clouds are without this lab; of all that are placed, on all replicas, one at a
   * time, so that what was counted still holds when the place is written.
   */
  place(id: LabId, change: (lab: Lab, house: House) => LabChange | undefined): Promise<Lab>
  house(): Promise<House>
  /** Runs `work` while no other replica does for this lab; `false` when another one does. Freed when the process dies. */
  exclusively(id: LabId, work: () => Promise<void>): Promise<boolean>
  /** Labs whose `lookAt` is before `at`, oldest first. */
  overdue(at: Date, limit: number): Promise<LabId[]>
  /** Calls back after each committed change of any lab, on every replica. Returns the way to stop. */
  watch(listener: (id: LabId) => void): () => void
  list(filter?: { phase?: Lab['phase'] }): Promise<Lab[]>
  /** Labs that have a place in the cloud. */
  onCloud(cloud: string): Promise<Lab[]>
  /** Labs by phase. */
  count(): Promise<ReadonlyMap<Lab['phase'], number>>
  /** How long labs ran and slept, from the ledger. */
  usage(filter: UsageFilter): Promise<Usage[]>
  /** Of the last 50 of this lab name; undefined with no history. `launch` = create to running, `resume` = to running. */
  durations(name: string, kind: 'launch' | 'resume'): Promise<Durations | undefined>
  recordDuration(name: string, kind: 'launch' | 'resume', seconds: number): Promise<void>

  /** A page link (event stream or tunnel) is open on this replica. */
  linkOpened(id: LabId, link: string): Promise<void>
  /** It ended; answers how many links of the lab remain on all replicas. */
  linkClosed(id: LabId, link: string): Promise<number>
}

/**
 * Small secrets of a lab's stack, such as its key pair or the host keys it showed first. They live as long as the stack
 * and never leave the backend.
 */
export interface StackSecrets {
  /** What is kept under this name; where there is nothing, what `make` makes. However many ask at once, one is kept. */
  ensure(id: LabId, name: string, make: () => string | Promise<string>): Promise<string>
  find(id: LabId, name: string): Promise<string | undefined>
  /** The stack is gone: everything kept for it is forgotten. */
  forget(id: LabId): Promise<void>
}

/** So many at once, over all replicas. */
export interface Slots {
  /** Runs `work` when one of the `limit` slots of the name is free. */
  limited<T>(name: string, limit: number, work: () => Promise<T>): Promise<T>
}

/** What the sweep remembers of the clouds between two looks. */
export interface Strays {
  /** True for one replica, once in `every` milliseconds. */
  claim(cloud: string, every: number): Promise<boolean>
  /** These, and no others, are the stacks of the cloud that no lab has; answers since when each is one. */
  note(cloud: string, stacks: readonly string[]): Promise<ReadonlyMap<string, Date>>
  /** How many there are, by cloud. */
  count(): Promise<ReadonlyMap<string, number>>
}

/** Wakes the reconciler for a lab at a time; a later call for the same lab replaces an earlier one. */
export interface Jobs {
  wake(id: LabId, at: Date): Promise<void>
}
