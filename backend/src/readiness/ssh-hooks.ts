import { readFile } from 'node:fs/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import { type Outputs, pinned, sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { HookEvent, LabId } from '../labs/lab.js'
import { HOOK_LIMIT_MS } from '../labs/outcome.js'
import type { Hooks } from '../labs/ports.js'
import { runCommand } from './ssh-command.js'
import type { KnownHosts } from './terminal-readiness.js'

/** Less than the lab waits, so that the end of a script that takes too long is still put down. */
const LIMIT_MS = HOOK_LIMIT_MS - 5_000

/** Runs hooks on the first SSH terminal of a lab, as its user: the script goes to `sh -s -- <event>`. */
export class SshHooks implements Hooks {
  readonly #env: NodeJS.ProcessEnv
  readonly #hosts: Pick<KnownHosts, 'of'>
  readonly #limit: number

  constructor(env: NodeJS.ProcessEnv, hosts: Pick<KnownHosts, 'of'>, limit = LIMIT_MS) {
    this.#env = env
    this.#hosts = hosts
    this.#limit = limit
  }

  async run(lab: LabId, { name, terminals, hooks }: LabConfig, event: HookEvent, outputs: Outputs): Promise<void> {
    const file = hooks?.[event]
    const terminal = terminals.find(({ protocol }) => protocol === 'ssh')
    if (file === undefined || terminal === undefined) return
    const script = await readFile(file).catch((cause: unknown) => {
      throw new LabError('cloud/misconfigured', { message: `the ${event} hook of ${name} cannot be read`, cause })
    })
    const given = await sshTarget(terminal, outputs, this.#env, terminals)
    const target = await pinned(terminal.name, given, (host, at) => this.#hosts.of(lab, host, at, outputs))
    const options = { timeout: this.#limit, timers: systemTimers, signal: new AbortController().signal }
    const { code, output } = await logIn(target, options, (client) => runCommand(client, `sh -s -- ${event}`, script))
    if (code !== 0) throw new LabError('cloud/refused', { message: `the ${event} hook ended with ${code}: ${output}` })
  }
}
