import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig } from '../config/config.js'
import { logIn } from '../gateway/login.js'
import { sshTarget } from '../gateway/target.js'
import { systemTimers } from '../gateway/timers.js'
import type { CloudAction, LabId, LabKey } from '../labs/lab.js'
import type { Cloud, StackRef } from '../labs/ports.js'
import { stackName } from '../labs/stack-name.js'
import { runCommand } from '../readiness/ssh-command.js'
import { type KnownHosts, TerminalReadiness } from '../readiness/terminal-readiness.js'

const POLL_MS = 500
const COMMAND_LIMIT_MS = 30_000

type Outputs = Readonly<Record<string, string>>

export interface Step {
  readonly name: string
  readonly ok: boolean
  readonly seconds: number
  readonly reason?: string
}

export interface Verdict {
  readonly ok: boolean
  readonly reason?: string
  readonly steps: readonly Step[]
}

export interface ExaminationDeps {
  readonly cloud: Cloud
  readonly lab: LabConfig
  readonly key: LabKey & { readonly id: LabId }
  readonly env: NodeJS.ProcessEnv
  /** A host must show after the resume the key that it showed before. */
  readonly hosts: KnownHosts
  readonly say: (text: string) => void
}

/** One throw-away lab, from create to delete. Deleted whatever happens, also when it is stopped. */
export class Examination {
  readonly #deps: ExaminationDeps
  readonly #ref: StackRef
  readonly #steps: Step[] = []
  readonly #stopping = new AbortController()
  #outputs: Outputs = {}

  constructor(deps: ExaminationDeps) {
    this.#deps = deps
    this.#ref = { lab: deps.key, stack: stackName(deps.key) }
  }

  stop(): void {
    this.#stopping.abort()
  }

  async run(): Promise<Verdict> {
    const { cloud, lab } = this.#deps
    const healthy = await this.#live(cloud, lab)
    await this.#step('delete', () => this.#reach('delete', 'absent'))
    const bad = this.#steps.find(({ ok }) => !ok)
    const ok = healthy && bad === undefined
    return { ok, steps: this.#steps, ...(bad?.reason === undefined ? {} : { reason: `${bad.name}: ${bad.reason}` }) }
  }

  /** Up to the first step that fails. */
  async #live(cloud: Cloud, lab: LabConfig): Promise<boolean> {
    const ssh = lab.terminals.some(({ protocol }) => protocol === 'ssh')
    const launch = async (action: 'create' | 'resume'): Promise<void> => {
      this.#outputs = await this.#reach(action, 'running')
    }
    const reboots = (): boolean => cloud.reboot !== undefined && 'reboot_on_resume' in this.#outputs
    const { validate } = cloud
    const steps: { name: string; wanted?: () => boolean; work: () => Promise<unknown> }[] = [
      { name: 'validate', wanted: () => validate !== undefined, work: async () => validate?.(lab.name) },
      { name: 'create', work: () => launch('create') },
      { name: 'answer', work: () => this.#answers() },
      { name: 'start a program', wanted: () => ssh, work: () => this.#command(PROGRAM) },
      { name: 'suspend', work: () => this.#reach('suspend', 'suspended') },
      { name: 'resume', work: () => launch('resume') },
      { name: 'reboot', wanted: reboots, work: async () => cloud.reboot?.(this.#ref) },
      { name: 'answer again', work: () => this.#answers() },
      // A program does not outlive a reboot, and need not.
      { name: 'the program runs on', wanted: () => ssh && !reboots(), work: () => this.#command(CHECK) },
    ]
    for (const { name, wanted, work } of steps) {
      if (wanted?.() === false) continue
      if (!(await this.#step(name, work))) return false
    }
    return true
  }

  async #step(name: string, work: () => Promise<unknown>): Promise<boolean> {
    const began = performance.now()
    const seconds = (): number => Math.round(performance.now() - began) / 1000
    try {
      await work()
      this.#steps.push({ name, ok: true, seconds: seconds() })
      this.#deps.say(`ok    ${name.padEnd(20)} ${seconds().toFixed(1)} s\n`)
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#steps.push({ name, ok: false, seconds: seconds(), reason })
      this.#deps.say(`FAIL  ${name.padEnd(20)} ${seconds().toFixed(1)} s  ${reason}\n`)
      return false
    }
  }

  async #reach(action: CloudAction, state: 'running' | 'suspended' | 'absent'): Promise<Outputs> {
    const { cloud } = this.#deps
    await cloud[action](this.#ref)
    return await this.#until(action === 'delete', async () => {
      const seen = await cloud.observe(this.#ref)
      if (seen.state === 'failed') throw new LabError('cloud/refused', { message: seen.reason })
      if (seen.state !== state) return undefined
      return seen.state === 'running' ? seen.outputs : {}
    })
  }

  async #answers(): Promise<void> {
    const { cloud, lab, key, env, hosts } = this.#deps
    const readiness = new TerminalReadiness(env, { hosts })
    const arrival = { id: key.id, cloud: cloud.name, startedAt: new Date() }
    let why = ''
    await this.#until(false, async () => {
      const answer = await readiness.probe(arrival, lab, this.#outputs)
      if (answer.ready) return true
      why = answer.why
      if (answer.final) throw new LabError('cloud/misconfigured', { message: why })
      return undefined
    }).catch((error: unknown) => {
      throw why === '' ? error : new LabError('link/shell-unreachable', { message: why, cause: error })
    })
  }

  async #command(command: string): Promise<void> {
    const { terminals } = this.#deps.lab
    const terminal = terminals.find(({ protocol }) => protocol === 'ssh')
    if (terminal === undefined) return
    const target = await sshTarget(terminal, this.#outputs, this.#deps.env, terminals)
    const options = { timeout: COMMAND_LIMIT_MS, timers: systemTimers, signal: this.#stopping.signal }
    const { code, output } = await logIn(target, options, (client) => runCommand(client, command))
    if (code !== 0) throw new LabError('cloud/refused', { message: output.trim() || `it ended with ${code}` })
  }

  /** Within the lab's own time for a launch. `always`: also when it was stopped. */
  async #until<T>(always: boolean, look: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + this.#deps.lab.policy.launchTimeout
    for (;;) {
      if (this.#stopping.signal.aborted && !always) throw new LabError('server/stopping', { message: 'stopped' })
      const found = await look()
      if (found !== undefined) return found
      if (performance.now() > end) throw new LabError('lab/launch-timeout')
      await sleep(POLL_MS)
    }
  }
}

/** Counts into a file until it is ended with the lab. */
const PROGRAM = `sh -c 'nohup sh -c "i=0; while :; do i=\\$((i+1)); echo \\$i > .lab-doctor; sleep 0.1; done" >/dev/null 2>&1 </dev/null & echo $! > .lab-doctor-pid; sleep 0.5'`
/** The same process, and it still counts. */
const CHECK = `sh -c 'kill -0 $(cat .lab-doctor-pid) || { echo the program is gone; exit 1; }; a=$(cat .lab-doctor); sleep 1; b=$(cat .lab-doctor); [ "$b" -gt "$a" ] || { echo "the program stands still at $b"; exit 1; }'`
