import { connect } from 'node:net'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig, TerminalConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import { addressOf, type Outputs, sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { Answer, Readiness } from '../labs/ports.js'

/** One try at all terminals of a lab, milliseconds. A host that drops packets must not hold up other labs. */
const PROBE_LIMIT_MS = 5_000

/** Asks each terminal as its learner will: a login that succeeds for SSH, an answer on the port for the others. */
export class TerminalReadiness implements Readiness {
  readonly #env: NodeJS.ProcessEnv
  readonly #limit: number

  constructor(env: NodeJS.ProcessEnv, limit = PROBE_LIMIT_MS) {
    this.#env = env
    this.#limit = limit
  }

  async probe({ terminals }: LabConfig, outputs: Outputs): Promise<Answer> {
    const answers = await Promise.all(terminals.map((terminal) => this.#answer(terminal, outputs)))
    return answers.find((answer) => !answer.ready) ?? { ready: true }
  }

  async #answer(terminal: TerminalConfig, outputs: Outputs): Promise<Answer> {
    try {
      if (terminal.protocol === 'ssh') await this.#login(terminal, outputs)
      else await this.#reach(terminal, outputs)
      return { ready: true }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const final = error instanceof LabError && error.code === 'cloud/misconfigured'
      return { ready: false, why: `terminal ${terminal.name}: ${why}`, final }
    }
  }

  async #login(terminal: TerminalConfig, outputs: Outputs): Promise<void> {
    const target = await sshTarget(terminal, outputs, this.#env)
    const { signal } = new AbortController()
    await logIn(target, { timeout: this.#limit, timers: systemTimers, signal }, async (client) => {
      client.on('error', () => client.destroy())
      client.end()
    })
  }

  async #reach(terminal: TerminalConfig, outputs: Outputs): Promise<void> {
    const address = await addressOf(terminal, outputs, this.#env)
    await new Promise<void>((resolve, reject) => {
      const socket = connect(address)
      const fail = (why: string): void => {
        socket.destroy()
        reject(new LabError('link/shell-unreachable', { message: `tcp: ${why}` }))
      }
      socket.setTimeout(this.#limit, () => fail('timeout'))
      // The error's own words have the address in them.
      socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'error'))
      socket.once('connect', () => {
        socket.destroy()
        resolve()
      })
    })
  }
}
