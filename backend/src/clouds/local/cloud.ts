import { utimes } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LabError } from '../../../../src/wire/problems.js'
import { type Clock, monotonicClock } from '../../labs/clock.js'
import type { CloudAction } from '../../labs/lab.js'
import type { Cloud, ListedStack, Observed, StackRef } from '../../labs/ports.js'
import { createStack, type NewLab } from './create.js'
import { deleteStack } from './delete.js'
import { endAll } from './end-all.js'
import { chooseShell, languageOf, STACK_VARIABLE } from './environment.js'
import { type HostOptions, HostProcess } from './host-process.js'
import { lookAt } from './look.js'
import type { ProcessTable } from './process-table.js'
import { ProcessTree } from './process-tree.js'
import { resumeStack } from './resume.js'
import type { LocalStack } from './stack.js'
import { StackFolder, stacksIn } from './stack-folder.js'
import { isThere } from './state-file.js'
import { suspendStack } from './suspend.js'
import { processTableOf } from './system-table.js'
import { type Log, WorkFailed } from './work-context.js'
import { Works } from './works.js'

const ABSENT_AFTER_MS = 10 * 60_000
const SETUP_LIMIT_MS = 10 * 60_000
const CLOSE_GRACE_MS = 2_000
const CLOSE_AT_ONCE = 8
/** Signs of life in the time after which a host gives its backend up. */
const HEARTBEATS = 10

export interface LocalCloudOptions {
  readonly name: string
  /** Where the labs are, one folder each. One backend at a time uses it. */
  readonly folder: string
  /** Program and arguments that run `host-main`; the stack's folder is added as the last argument. */
  readonly hostCommand: readonly string[]
  /** What the configuration says of a lab; undefined = no such lab. */
  readonly labOf: (name: string) => { readonly files?: string; readonly setup?: string } | undefined
  readonly log: Log
  readonly clock?: Clock
  /** Called between durable steps (`LOCAL_STEPS`); what it throws ends the work as if the backend had been killed. */
  readonly onStep?: (step: string) => void | Promise<void>
  readonly table?: ProcessTable
  /** The learner's shell; default `$SHELL` of the backend. */
  readonly shell?: string
  /** A running host ends itself when no backend showed itself for so long. Milliseconds. */
  readonly absentAfter?: number
  /** Milliseconds for a lab's set-up command. */
  readonly setupLimit?: number
}

/**
 * Labs as real shells on this machine. A stack is a folder and a process tree: a small SSH host and all that was ever
 * started in it. Suspend is SIGSTOP to the whole tree, resume SIGCONT.
 *
 * What is told and done:
 * - A call starts work here and returns. While it lasts `observe` says `working`; the same call again joins it, a
 *   delete takes precedence, another one is refused with `cloud/unreachable` (try again).
 * - Each piece of work writes what it is about to do before the first signal. Work that a dead backend left half done
 *   is taken up again by the next `observe`, which says `working`, or by the same call. So a stack is never reported
 *   `running` or `suspended` when it is only partly so, and the opposite call is right as soon as it is at rest.
 * - `running`: the host accepts connections and nothing of the lab is stopped by us. `suspended`: the host and
 *   everything else is stopped (warm), or there is no host (cold: the machine or the backend was restarted, or the
 *   host died), and then what may be left of the lab's processes is stopped, too. Resume starts a new host in the same
 *   home when there is none.
 * - Jobs that the learner had stopped (Ctrl+Z) stay stopped after a resume.
 * - A set-up command that was interrupted runs again, in a home as new: it is to be written so that this is harmless
 *   to what is outside the home.
 * - Hosts outlive a backend that is killed and are found again by pid, start time and mark; `close` ends them.
 *
 * Limits: there is no wall between a lab and the machine, it is the operator's own account. Processes are found by
 * parents, sessions, the mark in their environment and, once orphaned, their working folder; one that leaves all of
 * these behind, or another user's (sudo), is out of reach. Exercised on Linux only; other systems use ps(1).
 */
export class LocalCloud implements Cloud {
  readonly name: string
  readonly #options: LocalCloudOptions
  readonly #folder: string
  readonly #table: ProcessTable
  readonly #clock: Clock
  readonly #host: HostOptions
  readonly #works: Works
  readonly #heartbeat: NodeJS.Timeout
  #closed = false

  constructor(options: LocalCloudOptions) {
    const { name, folder, hostCommand, log, onStep } = options
    this.name = name
    this.#options = options
    this.#folder = resolve(folder)
    this.#table = options.table ?? processTableOf(process.platform)
    this.#clock = options.clock ?? monotonicClock
    this.#works = new Works({ clock: this.#clock, log, onStep })
    const absentAfterMs = options.absentAfter ?? ABSENT_AFTER_MS
    this.#host = {
      command: hostCommand,
      shell: chooseShell(options.shell ?? process.env['SHELL']),
      lang: languageOf(process.env['LANG']),
      absentAfterMs,
    }
    const beat = (): void => {
      this.#showLife().catch((error: unknown) => log.warn({ cloud: name, err: error }, 'no sign of life given'))
    }
    beat()
    this.#heartbeat = setInterval(beat, absentAfterMs / HEARTBEATS).unref()
  }

  async observe(ref: StackRef): Promise<Observed> {
    this.#refuseClosed()
    const stack = this.#stack(ref.stack)
    for (;;) {
      const starts = this.#works.starts(ref.stack)
      const current = this.#works.current(ref.stack)
      if (current !== undefined) return { state: 'working', ...current }
      const failure = this.#works.failure(ref.stack)
      if (failure !== undefined) return { state: 'failed', ...failure }
      const found = await lookAt(stack)
      // What was seen while something began is a mixture of before and after.
      if (this.#works.starts(ref.stack) !== starts) continue
      if (found.state === 'unfinished') this.#begin(ref, found.action)
      else return found
    }
  }

  async create(ref: StackRef): Promise<void> {
    this.#refuseClosed()
    const { folder } = this.#stack(ref.stack)
    if (this.#options.labOf(ref.lab.name) === undefined) {
      throw new LabError('cloud/misconfigured', { message: `lab ${ref.lab.name} is not configured` })
    }
    if (await isThere(folder.files.deleting)) {
      throw new LabError('cloud/unreachable', { message: `stack ${ref.stack} is still being deleted` })
    }
    this.#begin(ref, 'create')
  }

  async suspend(ref: StackRef): Promise<void> {
    await this.#refuseUnknown(ref)
    this.#begin(ref, 'suspend')
  }

  async resume(ref: StackRef): Promise<void> {
    await this.#refuseUnknown(ref)
    this.#begin(ref, 'resume')
  }

  async delete(ref: StackRef): Promise<void> {
    this.#refuseClosed()
    this.#stack(ref.stack)
    this.#begin(ref, 'delete')
  }

  async list(): Promise<readonly ListedStack[]> {
    this.#refuseClosed()
    const listed = await Promise.all((await stacksIn(this.#folder)).map((stack) => this.#listed(stack)))
    return listed.filter((stack) => stack !== undefined)
  }

  async #listed(name: string): Promise<ListedStack | undefined> {
    const stack = this.#stack(name)
    const createdAt = await stack.folder.madeAt()
    if (createdAt === undefined) return undefined
    const work = this.#works.current(name)
    const state = work === undefined ? (await lookAt(stack)).state : 'working'
    return { stack: name, state: state === 'unfinished' ? 'working' : state, createdAt }
  }

  /** Ends all labs of this folder and keeps their files: they are then suspended, cold. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#heartbeat)
    await this.#works.stop()
    const stacks = await stacksIn(this.#folder)
    const worker = async (): Promise<void> => {
      for (let name = stacks.pop(); name !== undefined; name = stacks.pop()) await this.#end(name)
    }
    await Promise.all(Array.from({ length: CLOSE_AT_ONCE }, worker))
  }

  async #end(name: string): Promise<void> {
    const { folder, tree } = this.#stack(name)
    try {
      await endAll(tree, this.#clock, CLOSE_GRACE_MS)
      await folder.dropJournal()
    } catch (error) {
      this.#options.log.error({ stack: name, err: error }, 'a lab could not be ended')
    }
  }

  #begin(ref: StackRef, action: CloudAction): void {
    const stack = this.#stack(ref.stack)
    this.#works.start(ref.stack, action, async (context) => {
      switch (action) {
        case 'create':
          return createStack(stack, this.#newLab(ref.lab.name), context)
        case 'suspend':
          return suspendStack(stack, context)
        case 'resume':
          return resumeStack(stack, ref.lab.name, context)
        case 'delete':
          return deleteStack(stack, context)
        default:
          return action satisfies never
      }
    })
  }

  #newLab(lab: string): NewLab {
    const found = this.#options.labOf(lab)
    if (found === undefined) throw new WorkFailed(`lab ${lab} is not configured any more`)
    const { files, setup } = found
    return { lab, files, setup, setupLimitMs: this.#options.setupLimit ?? SETUP_LIMIT_MS }
  }

  #stack(name: string): LocalStack {
    const folder = new StackFolder(this.#folder, name)
    const tree = new ProcessTree(this.#table, `${STACK_VARIABLE}=${folder.id}`, folder.path)
    return { folder, tree, host: new HostProcess(folder, this.#table, this.#host) }
  }

  #refuseClosed(): void {
    if (this.#closed) throw new LabError('cloud/unreachable', { message: 'the backend is stopping' })
  }

  async #refuseUnknown(ref: StackRef): Promise<void> {
    this.#refuseClosed()
    if (!(await this.#stack(ref.stack).folder.isCreated())) {
      throw new LabError('cloud/refused', { message: `there is no stack ${ref.stack}` })
    }
  }

  async #showLife(): Promise<void> {
    const now = new Date()
    for (const name of await stacksIn(this.#folder)) {
      const { folder } = this.#stack(name)
      // Not there yet while a create has just begun.
      await utimes(folder.files.heartbeat, now, now).catch(() => undefined)
    }
  }
}
