/** The host of one stack as the cloud sees it: found again by its lock, started when it is not there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, stat, truncate } from 'node:fs/promises'
import { accountName, HOST_VARIABLE, labEnvironment } from './environment.js'
import { type Holder, isHolder } from './host-lock.js'
import { withNothingOpen } from './launch.js'
import type { ProcessInfo, ProcessTable } from './process-table.js'
import { isListening, type Listening, type StackFolder } from './stack-folder.js'
import { readJson, readText, removeFile, writeWhole } from './state-file.js'
import { Interrupted, type WorkContext, WorkFailed } from './work-context.js'

const START_LIMIT_MS = 30_000
const POLL_MS = 10
const MAX_LOG_BYTES = 1024 * 1024

export interface HostOptions {
  /** Program and arguments that run `host-main`; the stack's folder is added as the last one. */
  readonly command: readonly string[]
  readonly shell: string
  readonly lang: string
  /** The host ends itself when no backend was there for so long. */
  readonly absentAfterMs: number
}

/** True when this very process is alive and the host of this stack: a pid alone is used again, or written by hand. */
export async function isHostAlive(table: ProcessTable, id: string, holder: Holder): Promise<boolean> {
  return (await findHost(table, id, holder)) !== undefined
}

async function findHost(table: ProcessTable, id: string, holder: Holder): Promise<ProcessInfo | undefined> {
  const found = await table.find(holder.pid)
  if (found === undefined || found.start !== holder.start || found.state === 'dead') return undefined
  const marked = await table.withEnvironment(`${HOST_VARIABLE}=${id}`, [holder.pid])
  return marked.has(holder.pid) ? found : undefined
}

export class HostProcess {
  readonly #folder: StackFolder
  readonly #table: ProcessTable
  readonly #options: HostOptions

  constructor(folder: StackFolder, table: ProcessTable, options: HostOptions) {
    this.#folder = folder
    this.#table = table
    this.#options = options
  }

  async find(): Promise<ProcessInfo | undefined> {
    const holder = await readJson(this.#folder.files.lock, isHolder)
    return holder === undefined ? undefined : findHost(this.#table, this.#folder.id, holder)
  }

  /** Where this host listens; undefined until it does. */
  async listening(host: ProcessInfo): Promise<Listening | undefined> {
    const listening = await readJson(this.#folder.files.listening, isListening)
    return listening?.pid === host.pid && listening.start === host.start ? listening : undefined
  }

  /** Starts the host unless one is there or on its way, and waits until it listens. */
  async ensure(lab: string, context: WorkContext, onSpawned: () => Promise<void>): Promise<Listening> {
    const { clock, signal } = context
    const deadline = clock.now() + START_LIMIT_MS
    let child: ChildProcess | undefined
    for (;;) {
      const host = await this.find()
      const listening = host && (await this.listening(host))
      if (listening !== undefined) return listening
      if (host === undefined && !(await this.#isStarting(child))) {
        if (child !== undefined) throw await this.#problem()
        child = await this.#spawn(lab)
        await onSpawned()
      }
      if (signal.aborted) throw new Interrupted('the host is not waited for any more')
      if (clock.now() > deadline) throw new WorkFailed(`the host did not start within ${START_LIMIT_MS / 1000} s`)
      await clock.sleep(POLL_MS)
    }
  }

  async #isStarting(child: ChildProcess | undefined): Promise<boolean> {
    if (child !== undefined) return child.exitCode === null && child.signalCode === null
    const processes = (await this.#table.list()).filter(({ state }) => state !== 'dead')
    const marked = await this.#table.withEnvironment(
      `${HOST_VARIABLE}=${this.#folder.id}`,
      processes.map(({ pid }) => pid),
    )
    return marked.size > 0
  }

  async #spawn(lab: string): Promise<ChildProcess> {
    const { home, id, files, path } = this.#folder
    const { command, shell, lang, absentAfterMs } = this.#options
    const [program, ...args] = command
    if (program === undefined) throw new WorkFailed('no command to run a host with is configured')
    const settings = { lab, id, home, shell, account: accountName(), lang }
    await writeWhole(files.settings, JSON.stringify({ ...settings, absentAfterMs }))
    await removeFile(files.hostProblem)
    await this.#folder.note('heartbeat')
    const log = await openLog(files.hostLog)
    try {
      const launch = withNothingOpen({
        file: program,
        args: [...args, path],
        env: { ...labEnvironment(settings), [HOST_VARIABLE]: id },
      })
      const child = spawn(launch.file, launch.args, {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: launch.env,
      })
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', (error) => reject(new WorkFailed(`the host cannot be run: ${error.message}`)))
      })
      child.unref()
      return child
    } finally {
      await log.close()
    }
  }

  async #problem(): Promise<WorkFailed> {
    const problem = await readText(this.#folder.files.hostProblem)
    return new WorkFailed(problem?.trim() ?? 'the host ended while it started; see state/host.log')
  }
}

async function openLog(path: string) {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size > MAX_LOG_BYTES) await truncate(path)
  return open(path, 'a', 0o600)
}
