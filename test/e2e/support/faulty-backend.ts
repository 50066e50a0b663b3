/**
 * The backend with faults in it: `LAB_KILL_AT=<step>[:<n>]` kills the process with SIGKILL at the n-th time it comes
 * to a step, `LAB_STEPS_FILE` records each step, `LAB_SLOW_SUSPEND` makes a suspend take so many milliseconds.
 */
import { appendFileSync } from 'node:fs'
import { pino } from 'pino'
import { loadConfig } from '../../../backend/src/config/load.js'
import type { CloudAction } from '../../../backend/src/labs/lab.js'
import type { Cloud, ListedStack, Observed, StackRef } from '../../../backend/src/labs/ports.js'
import { serve } from '../../../backend/src/serve.js'

const [killStep, killTime = '1'] = (process.env.LAB_KILL_AT ?? '').split('#')
const slow = Number(process.env.LAB_SLOW_SUSPEND ?? 0)
let times = 0

function step(name: string): void {
  if (process.env.LAB_STEPS_FILE) appendFileSync(process.env.LAB_STEPS_FILE, `${name}\n`)
  if (name !== killStep) return
  times += 1
  if (times === Number(killTime)) process.kill(process.pid, 'SIGKILL')
}

/** Dies before or after any call, and suspends slowly: the call answers at once, the work takes its time. */
class FaultyCloud implements Cloud {
  readonly #cloud: Cloud
  readonly #suspending = new Map<string, number>()

  constructor(cloud: Cloud) {
    this.#cloud = cloud
  }

  get name(): string {
    return this.#cloud.name
  }

  async observe(ref: StackRef): Promise<Observed> {
    const began = this.#suspending.get(ref.stack)
    if (began !== undefined) {
      if (performance.now() - began < slow) return { state: 'working', action: 'suspend' }
      this.#suspending.delete(ref.stack)
      await this.#cloud.suspend(ref)
      return { state: 'working', action: 'suspend' }
    }
    return this.#cloud.observe(ref)
  }

  create = (ref: StackRef): Promise<void> => this.#call('create', ref)
  resume = (ref: StackRef): Promise<void> => this.#call('resume', ref)
  delete = (ref: StackRef): Promise<void> => this.#call('delete', ref)

  async suspend(ref: StackRef): Promise<void> {
    if (slow === 0) return this.#call('suspend', ref)
    step('before.suspend')
    if (!this.#suspending.has(ref.stack)) this.#suspending.set(ref.stack, performance.now())
    step('after.suspend')
  }

  list(): Promise<readonly ListedStack[]> {
    return this.#cloud.list()
  }

  close(): Promise<void> {
    return this.#cloud.close()
  }

  async #call(action: CloudAction, ref: StackRef): Promise<void> {
    step(`before.${action}`)
    await this.#cloud[action](ref)
    step(`after.${action}`)
  }
}

const file = process.argv[2]
if (!file) throw new Error('which configuration?')
const served = await serve(await loadConfig(file, process.env), {
  log: pino({ level: process.env.LOG_LEVEL ?? 'info' }),
  env: process.env,
  wrapCloud: (cloud) => new FaultyCloud(cloud),
  onStep: step,
})
process.on('SIGTERM', () => {
  served.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
