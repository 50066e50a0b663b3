import { readFile } from 'node:fs/promises'
import type { Client } from 'ssh2'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import { type Outputs, sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { HookEvent } from '../labs/lab.js'
import { HOOK_LIMIT_MS } from '../labs/outcome.js'
import type { Hooks } from '../labs/ports.js'

/** Less than the lab waits, so that the end of a script that takes too long is still put down. */
const LIMIT_MS = HOOK_LIMIT_MS - 5_000
/** Characters kept of what a script says. */
const OUTPUT_LIMIT = 2_000

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
    const target = await sshTarget(terminal, outputs, this.#env)
    const options = { timeout: this.#limit, timers: systemTimers, signal: new AbortController().signal }
    await logIn(target, options, (client) => runScript(client, script, event))
  }
}

function runScript(client: Client, script: Buffer, event: HookEvent): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(`sh -s -- ${event}`, (error, channel) => {
      if (error) {
        client.end()
        return reject(new LabError('link/shell-unreachable', { message: 'ssh: no command' }))
      }
      let said = ''
      const listen = (text: Buffer): void => {
        said = (said + text.toString('utf8')).slice(-OUTPUT_LIMIT)
      }
      channel.on('data', listen)
      channel.stderr.on('data', listen)
      channel.on('close', (code: number | null) => {
        client.end()
        if (code === 0) resolve()
        else reject(new LabError('cloud/refused', { message: `the ${event} hook ended with ${code}: ${said}` }))
      })
      channel.end(script)
    })
  })
}
