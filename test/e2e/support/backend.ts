import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { freePort } from '../../../backend/test/support/free-port.js'
import { until } from './until.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
export const path = (relative: string): string => join(ROOT, relative)

export interface BackendOptions {
  /** YAML of `defaults`, in braces. */
  readonly defaults?: string
  /** More YAML at the top level. */
  readonly more?: string
  readonly publicUrl?: (port: number) => string
  /** Runs the sources with faults in them instead of the built program. */
  readonly faulty?: boolean
  /** Another `lab-backend` than the one of this checkout. */
  readonly bin?: string
  readonly env?: Record<string, string>
  /** Beside the demo's pages: origins that may call. */
  readonly origins?: readonly string[]
  /** YAML of `clouds`, in braces, and of the entries of `labs`; default: two labs on this machine. */
  readonly clouds?: string
  readonly labs?: string
  /** Starts what must know the port and be known in the configuration. */
  readonly beside?: (port: number) => Promise<Pick<BackendOptions, 'more' | 'origins'>>
}

/** A real backend in a process of its own, with a folder of its own. */
export class TestBackend {
  readonly port: number
  readonly folder: string
  readonly #options: BackendOptions
  #child: ChildProcess | undefined
  #output = ''

  private constructor(port: number, folder: string, options: BackendOptions) {
    this.port = port
    this.folder = folder
    this.#options = options
  }

  static async start(options: BackendOptions = {}): Promise<TestBackend> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-e2e-'))
    // For a root's run: the database's own user must be able to enter.
    await chmod(folder, 0o755)
    const port = await freePort()
    const backend = new TestBackend(port, folder, options)
    const beside = await options.beside?.(port)
    await writeFile(join(folder, 'lab-terminal.yaml'), configOf(port, { ...options, ...beside }))
    await backend.up()
    return backend
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('the backend does not run')
    return pid
  }

  /** Starts it, again after a kill; resolves when it answers. */
  async up(env: Record<string, string> = {}): Promise<void> {
    const config = join(this.folder, 'lab-terminal.yaml')
    const program = this.#options.faulty
      ? [await faultyProgram(), config]
      : [this.#options.bin ?? path('backend/bin/lab-backend.js'), 'serve', '--config', config]
    const { PORT: _port, ...inherited } = process.env
    const child = spawn(process.execPath, program, {
      cwd: ROOT,
      env: { ...inherited, LOG_LEVEL: 'info', ...this.#options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-200_000)
      })
    }
    await until(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`the backend ended: ${child.exitCode ?? child.signalCode}\n${this.#output.slice(-4000)}`)
        }
        return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok
      },
      { what: 'the backend to be ready' },
    )
  }

  /** Resolves when the process has ended by itself (a fault). */
  async ended(): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal)
    await this.ended()
  }

  /** Ends it in good order and removes its folder. */
  async stop(): Promise<void> {
    await this.kill('SIGTERM')
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

let bundled: Promise<string> | undefined

/** Bundled beside the real program, since it starts often. */
function faultyProgram(): Promise<string> {
  const outfile = path('backend/dist/faulty-backend.js')
  bundled ??= build({
    entryPoints: [path('test/e2e/support/faulty-backend.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  }).then(() => outfile)
  return bundled
}

function configOf(port: number, { defaults, more, publicUrl, origins = [], clouds, labs }: BackendOptions): string {
  const course = JSON.stringify(path('examples/course'))
  return `listen: 127.0.0.1:${port}
${publicUrl ? `publicUrl: ${publicUrl(port)}\n` : ''}${origins.length > 0 ? `origins: ${JSON.stringify(origins)}\n` : ''}database: embedded:./database
demo: { course: ${course} }
clouds: ${clouds ?? '{ here: { type: local } }'}
defaults: ${defaults ?? '{ idleWarn: 10m, idleSuspend: 12m, leaveGrace: 2m }'}
labs:
${labs ?? LABS}
${more ?? ''}
`
}

const LABS = `
  first-steps:
    title: Your first lab
    clouds: [{ name: here }]
    files: ${JSON.stringify(path('examples/course/files/first-steps'))}
  log-detective:
    title: The log detective
    clouds: [{ name: here }]`
