import { connect } from 'node:net'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig, TerminalConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import type { SshTarget } from '../gateway/ports.js'
import { addressOf, type Outputs, pinned, sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { LabId } from '../labs/lab.js'
import type { Answer, Arrival, Readiness } from '../labs/ports.js'

/** One try at all terminals of a lab, milliseconds. A host that drops packets must not hold up other labs. */
const PROBE_LIMIT_MS = 5_000
/** While others are waited for, whoever answered is not asked again for so long: it might have gone, milliseconds. */
const ANSWER_COUNTS_MS = 60_000

/** The keys that hosts showed first. */
export interface KnownHosts {
  known(lab: LabId, terminal: string, address: SshTarget, outputs: Outputs): Promise<string | undefined>
  of(lab: LabId, terminal: string, address: SshTarget, outputs: Outputs): Promise<string | undefined>
}

interface Answered {
  /** When each terminal did. */
  readonly at: Map<string, number>
  readonly arrival: Arrival
}

/** Asks each terminal as its learner will: a login that succeeds for SSH, an answer on the port for the others. */
export class TerminalReadiness implements Readiness {
  readonly #env: NodeJS.ProcessEnv
  readonly #limit: number
  readonly #hosts: KnownHosts | undefined
  readonly #now: () => number
  /** Of labs that are on their way. */
  readonly #answered = new Map<LabId, Answered>()

  constructor(env: NodeJS.ProcessEnv, options: { limit?: number; hosts?: KnownHosts; now?: () => number } = {}) {
    this.#env = env
    this.#limit = options.limit ?? PROBE_LIMIT_MS
    this.#hosts = options.hosts
    this.#now = options.now ?? systemTimers.now
  }

  async probe(arrival: Arrival, { terminals }: LabConfig, outputs: Outputs): Promise<Answer> {
    this.#forget()
    const lab = arrival.id
    const answered = this.#answeredIn(arrival)
    const open = terminals.filter(({ name }) => !answered.has(name))
    const answers = await Promise.all(open.map((terminal) => this.#answer(lab, terminal, outputs, terminals)))
    for (const [at, { name }] of open.entries()) if (answers[at]?.ready) answered.set(name, this.#now())
    const missing = answers.find((answer) => !answer.ready)
    // Of a lab that has arrived, or never will, nothing counts the next time.
    if (missing && !missing.final) this.#answered.set(lab, { arrival, at: answered })
    else this.#answered.delete(lab)
    return missing ?? { ready: true }
  }

  /** What answered in an earlier arrival was another host, or the same one before it slept. */
  #answeredIn({ id, cloud, startedAt }: Arrival): Map<string, number> {
    const known = this.#answered.get(id)
    const same = known?.arrival.cloud === cloud && known.arrival.startedAt?.getTime() === startedAt?.getTime()
    return same ? known.at : new Map()
  }

  #forget(): void {
    const since = this.#now() - ANSWER_COUNTS_MS
    for (const [lab, { at }] of this.#answered) {
      for (const [name, when] of at) if (when < since) at.delete(name)
      if (at.size === 0) this.#answered.delete(lab)
    }
  }

  async #answer(
    lab: LabId,
    terminal: TerminalConfig,
    outputs: Outputs,
    all: readonly TerminalConfig[],
  ): Promise<Answer> {
    try {
      if (terminal.protocol === 'ssh')
        await this.#login(lab, terminal.name, await sshTarget(terminal, outputs, this.#env, all), outputs)
      else await this.#reach(terminal, outputs)
      return { ready: true }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const final = error instanceof LabError && error.code === 'cloud/misconfigured'
      return { ready: false, why: `terminal ${terminal.name}: ${why}`, final }
    }
  }

  /** A host whose key nobody gives is held to the key that it showed when it first let somebody in. */
  async #login(lab: LabId, terminal: string, given: SshTarget, outputs: Outputs): Promise<void> {
    const target = await pinned(terminal, given, async (name, host) => this.#hosts?.known(lab, name, host, outputs))
    const { signal } = new AbortController()
    await logIn(target, { timeout: this.#limit, timers: systemTimers, signal }, async (client) => {
      client.on('error', () => client.destroy())
      client.end()
    })
    await pinned(terminal, target, async (name, host) => this.#hosts?.of(lab, name, host, outputs))
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
