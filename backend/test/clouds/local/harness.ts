/** A local cloud in a folder of its own, real shells in it, and a look at what is left of it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ssh2, { type Client, type ClientChannel, type PseudoTtyOptions } from 'ssh2'
import { LocalCloud, type LocalCloudOptions } from '../../../src/clouds/local/cloud.js'
import { HOST_VARIABLE, STACK_VARIABLE } from '../../../src/clouds/local/environment.js'
import { LinuxProcessTable } from '../../../src/clouds/local/linux-table.js'
import { identityOf, type ProcessInfo } from '../../../src/clouds/local/process-table.js'
import { ProcessTree, send } from '../../../src/clouds/local/process-tree.js'
import { StackFolder } from '../../../src/clouds/local/stack-folder.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { settled } from '../../contract/cloud.js'

export const hostCommand = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('../../../src/clouds/local/host-main.ts', import.meta.url)),
]

export const silent = { info: () => {}, warn: () => {}, error: () => {} }
export const table = new LinuxProcessTable()

export type Outputs = Readonly<Record<string, string>>

export class Bench {
  readonly folder: string
  readonly lines: string[] = []
  readonly log = {
    info: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
    warn: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
    error: (...args: unknown[]) => void this.lines.push(JSON.stringify(args)),
  }
  readonly #refs: StackRef[] = []
  readonly #clouds: LocalCloud[] = []

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  }

  cloud(options: Partial<LocalCloudOptions> = {}): LocalCloud {
    const cloud = new LocalCloud({
      name: 'here',
      folder: this.folder,
      hostCommand,
      labOf: (name) => (name === 'demo' ? {} : undefined),
      log: this.log,
      shell: '/bin/bash',
      ...options,
    })
    this.#clouds.push(cloud)
    return cloud
  }

  newRef(stack = `demo-${randomBytes(4).toString('hex')}`): StackRef {
    const ref = { stack, lab: { id: stack, issuer: 'https://lms.example', subject: 'learner', name: 'demo' } }
    this.#refs.push(ref)
    return ref
  }

  folderOf(ref: StackRef): StackFolder {
    return new StackFolder(this.folder, ref.stack)
  }

  members(ref: StackRef): Promise<ProcessInfo[]> {
    const { id, path } = this.folderOf(ref)
    return new ProcessTree(table, `${STACK_VARIABLE}=${id}`, path).members()
  }

  async living(ref: StackRef): Promise<ProcessInfo[]> {
    return (await this.members(ref)).filter(({ state }) => state !== 'dead')
  }

  async hosts(ref: StackRef): Promise<number[]> {
    const living = await this.living(ref)
    const pids = living.map(({ pid }) => pid)
    const marked = await table.withEnvironment(`${HOST_VARIABLE}=${this.folderOf(ref).id}`, pids)
    // What a host starts carries its mark until it is another program; the compiler that runs it here from source does so
    // for as long as it lives.
    return living.filter(({ pid, parent }) => marked.has(pid) && !marked.has(parent)).map(({ pid }) => pid)
  }

  /** SIGKILL to the host, and waits until it is gone. */
  async crash(ref: StackRef): Promise<void> {
    for (const pid of await this.hosts(ref)) process.kill(pid, 'SIGKILL')
    await eventually(
      () => this.hosts(ref),
      (hosts) => hosts.length === 0,
    )
  }

  /** Ends everything that any test of this bench started, and says what had been left of it without that. */
  async dispose(): Promise<string[]> {
    await Promise.all(this.#clouds.map((cloud) => cloud.close()))
    const left: string[] = []
    for (const ref of this.#refs) {
      for (const member of await this.living(ref)) {
        left.push(`${ref.stack} ${identityOf(member)} ${member.state}`)
        send(member.pid, 'SIGKILL')
      }
    }
    rmSync(this.folder, { recursive: true, force: true })
    return left
  }
}

export async function create(cloud: LocalCloud, ref: StackRef): Promise<Outputs> {
  await cloud.create(ref)
  return expectRunning(cloud, ref)
}

export async function expectRunning(cloud: LocalCloud, ref: StackRef): Promise<Outputs> {
  const observed = await settled(cloud, ref, 120_000)
  if (observed.state !== 'running') throw new Error(`not running: ${JSON.stringify(observed)}`)
  return observed.outputs
}

export async function expectSuspended(cloud: LocalCloud, ref: StackRef): Promise<void> {
  const observed = await settled(cloud, ref, 120_000)
  if (observed.state !== 'suspended') throw new Error(`not suspended: ${JSON.stringify(observed)}`)
}

export async function suspend(cloud: LocalCloud, ref: StackRef): Promise<void> {
  await cloud.suspend(ref)
  await expectSuspended(cloud, ref)
}

export async function resume(cloud: LocalCloud, ref: StackRef): Promise<Outputs> {
  await cloud.resume(ref)
  return expectRunning(cloud, ref)
}

export function login(outputs: Outputs, changes: Parameters<Client['connect']>[0] = {}): Promise<Client> {
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client))
    // Kept: an error after the end of the promise must not end the process.
    client.on('error', reject)
    client.connect({
      host: outputs['host'] ?? '',
      port: Number(outputs['port']),
      username: outputs['user'] ?? '',
      privateKey: outputs['private_key'] ?? '',
      hostVerifier: (key: Buffer) => key.toString('base64') === outputs['host_key']?.split(' ')[1],
      ...changes,
    })
  })
}

export interface Ran {
  readonly out: string
  readonly err: string
  readonly status: number | null
  readonly signal: string | undefined
}

export function exec(client: Client, command: string, options: { pty?: boolean; input?: string } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    client.exec(command, { pty: options.pty ?? false }, (error, channel) => {
      if (error) return reject(error)
      let [out, err] = ['', '']
      let end: { status: number | null; signal: string | undefined } = { status: null, signal: undefined }
      channel.on('data', (bytes: Buffer) => (out += bytes.toString()))
      channel.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
      channel.on('exit', (status: number | null, signal?: string) => (end = { status, signal }))
      channel.on('close', () => resolve({ out, err, ...end }))
      channel.end(options.input ?? '')
    })
  })
}

export async function run(outputs: Outputs, command: string): Promise<string> {
  const client = await login(outputs)
  try {
    return (await exec(client, command)).out
  } finally {
    client.end()
  }
}

/** An interactive shell whose output is kept. */
export class Shell {
  readonly channel: ClientChannel
  output = ''

  constructor(channel: ClientChannel) {
    this.channel = channel
    channel.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
  }

  static open(client: Client, pty: PseudoTtyOptions = {}): Promise<Shell> {
    return new Promise((resolve, reject) => {
      client.shell({ term: 'xterm-256color', ...pty }, (error, channel) =>
        error ? reject(error) : resolve(new Shell(channel)),
      )
    })
  }

  type(text: string): void {
    this.channel.write(text)
  }

  async until(pattern: RegExp, patience = 60_000): Promise<RegExpExecArray> {
    const deadline = performance.now() + patience
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (performance.now() > deadline) throw new Error(`no ${pattern} in: ${JSON.stringify(this.output.slice(-2000))}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

export async function eventually<T>(
  look: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  patience = 60_000,
): Promise<T> {
  const deadline = performance.now() + patience
  for (;;) {
    const value = await look()
    if (isRight(value)) return value
    if (performance.now() > deadline) throw new Error(`never right: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
