/** A cloud in a process of its own that takes its time, fails and hangs; and the client by which backends use it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isProblemCode, LabError } from '../../../src/wire/problems.js'
import type { CloudAction } from '../../src/labs/lab.js'
import type { Cloud, ListedStack, Observed, StackRef } from '../../src/labs/ports.js'
import { SshHost } from '../gateway/fixtures/ssh-host.js'

/** Milliseconds. */
const TAKES: Readonly<Record<CloudAction, number>> = { create: 1_500, suspend: 2_000, resume: 1_000, delete: 500 }
const CALL_LIMIT_MS = 2_000

export interface Facts {
  /** Stacks that are there now, by state. */
  readonly stacks: Readonly<Record<string, Observed['state']>>
  /** How often a stack of a name was made, and deleted. */
  readonly made: Readonly<Record<string, number>>
  readonly deleted: readonly string[]
  readonly calls: number
  readonly failed: number
}

interface Stack {
  state: 'running' | 'suspended' | 'working'
  action: CloudAction
  ends: number
}

/** Serves until it is closed. `faulty`: the part of calls that fail, half of them after the work was begun. */
export class ScriptedCloudServer {
  readonly #stacks = new Map<string, Stack>()
  readonly #made = new Map<string, number>()
  readonly #deleted: string[] = []
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #host: SshHost
  faulty = 0
  #calls = 0
  #failed = 0

  /** How long everything takes, as a part of `TAKES`. */
  readonly #pace: number

  private constructor(host: SshHost, pace: number) {
    this.#host = host
    this.#pace = pace
  }

  static async start(pace = 1): Promise<ScriptedCloudServer> {
    const cloud = new ScriptedCloudServer(await SshHost.start(), pace)
    cloud.#server.listen(0, '127.0.0.1')
    await once(cloud.#server, 'listening')
    return cloud
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `http://127.0.0.1:${address.port}`
  }

  facts(): Facts {
    this.#elapse()
    return {
      stacks: Object.fromEntries([...this.#stacks].map(([name, { state }]) => [name, state])),
      made: Object.fromEntries(this.#made),
      deleted: [...this.#deleted],
      calls: this.#calls,
      failed: this.#failed,
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await this.#host.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, action = '', stack = ''] = (request.url ?? '').split('/')
    this.#calls += 1
    const fault = Math.random() < this.faulty ? Math.random() : 1
    if (fault < 1) this.#failed += 1
    // Not heard at all, or heard and the answer lost, or no answer for longer than anybody waits.
    if (fault < 0.4) return void response.writeHead(503).end('<html>')
    const answer = this.#do(action, stack)
    if (fault < 0.7) return void request.socket.destroy()
    if (fault < 1) return
    response.writeHead('code' in answer ? 409 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #do(action: string, name: string): object {
    this.#elapse()
    const stack = this.#stacks.get(name)
    switch (action) {
      case 'observe':
        return this.#seen(stack)
      case 'list':
        return [...this.#stacks].map(([one, { state }]) => ({ stack: one, state, createdAt: new Date(0) }))
      case 'create':
        if (stack) return {}
        this.#made.set(name, (this.#made.get(name) ?? 0) + 1)
        return this.#begin(name, 'create')
      case 'suspend':
      case 'resume':
      case 'delete':
        if (!stack) return action === 'delete' ? {} : { code: 'cloud/refused' }
        if (stack.state === 'working') return { code: 'cloud/unreachable' }
        return this.#begin(name, action)
      default:
        return { code: 'cloud/refused' }
    }
  }

  #begin(name: string, action: CloudAction): object {
    this.#stacks.set(name, { state: 'working', action, ends: Date.now() + this.#pace * TAKES[action] })
    return {}
  }

  #seen(stack: Stack | undefined): Observed {
    if (!stack) return { state: 'absent' }
    if (stack.state === 'working') return { state: 'working', action: stack.action }
    if (stack.state === 'suspended') return { state: 'suspended' }
    const { host, port, user, privateKey = '', hostKey = '' } = this.#host.target()
    return {
      state: 'running',
      outputs: { host, port: String(port), user, private_key: privateKey, host_key: hostKey },
    }
  }

  #elapse(): void {
    for (const [name, stack] of this.#stacks) {
      if (stack.state !== 'working' || stack.ends > Date.now()) continue
      if (stack.action === 'delete') {
        this.#stacks.delete(name)
        this.#deleted.push(name)
      } else stack.state = stack.action === 'suspend' ? 'suspended' : 'running'
    }
  }
}

export class ScriptedCloud implements Cloud {
  readonly name: string
  readonly #url: string

  constructor(name: string, url: string) {
    this.name = name
    this.#url = url
  }

  async observe(ref: StackRef): Promise<Observed> {
    return (await this.#call('observe', ref)) as Observed
  }
  async create(ref: StackRef): Promise<void> {
    await this.#call('create', ref)
  }
  async suspend(ref: StackRef): Promise<void> {
    await this.#call('suspend', ref)
  }
  async resume(ref: StackRef): Promise<void> {
    await this.#call('resume', ref)
  }
  async delete(ref: StackRef): Promise<void> {
    await this.#call('delete', ref)
  }
  async list(): Promise<readonly ListedStack[]> {
    return (await this.#call('list')) as ListedStack[]
  }
  async close(): Promise<void> {}

  async #call(action: string, ref?: StackRef): Promise<unknown> {
    const response = await fetch(`${this.#url}/${action}/${ref?.stack ?? ''}`, {
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    }).catch((cause: unknown) => {
      throw new LabError('cloud/unreachable', { cause })
    })
    const body: unknown = await response.json().catch((cause: unknown) => {
      throw new LabError('cloud/unreachable', { cause })
    })
    const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
    if (isProblemCode(code)) throw new LabError(code)
    return body
  }
}
