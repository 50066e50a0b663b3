import { readFile } from 'node:fs/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import { type Outputs, sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { HookEvent } from '../labs/lab.js'
import { HOOK_LIMIT_MS } from '../labs/outcome.js'
import type { Hooks } from '../labs/ports.js'
import { runCommand } from './ssh-command.js'

/** Less than the lab waits, so that the end of a script that takes too long is still put down. */
const LIMIT_MS = HOOK_LIMIT_MS - 5_000

/** Runs hooks on the first SSH terminal of a lab, as its user: the script goes to `sh -s -- <event>`. */
export class SshHooks implements Hooks {
  readonly #env: NodeJS.ProcessEnv
  readonly #limit: number

  constructor(env: NodeJS.ProcessEnv, limit = LIMIT_MS) {
    this.#env = env
    this.#limit = limit
  }

  async run({ name, terminals, hooks }: LabConfig, event: HookEvent, outputs: Outputs): Promise<void> {
    const file = hooks?.[event]
    const terminal = terminals.find(({ protocol }) => protocol === 'ssh')
    if (file === undefined || terminal === undefined) return
    const script = await readFile(file).catch((cause: unknown) => {
      throw new LabError('cloud/misconfigured', { message: `the ${event} hook of ${name} cannot be read`, cause })
    })
    const target = await sshTarget(terminal, outputs, this.#env, terminals)
    const options = { timeout: this.#limit, timers: systemTimers, signal: new AbortController().signal }
    const { code, output } = await logIn(target, options, (client) => runCommand(client, `sh -s -- ${event}`, script))
    if (code !== 0) throw new LabError('cloud/refused', { message: `the ${event} hook ended with ${code}: ${output}` })
  }
}
