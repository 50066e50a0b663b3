import { cp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Child } from '../store/support/children.js'
import { freePort } from '../support/free-port.js'

const SOURCE = fileURLToPath(new URL('./backend-main.ts', import.meta.url))
/** Beside the sources' packages, with the migrations at hand. */
const PROGRAM = fileURLToPath(new URL(`../../dist/chaos-${process.pid}.mjs`, import.meta.url))

export interface BackendsOptions {
  readonly count: number
  readonly folder: string
  readonly database: string
  /** All but `listen` and `stateFolder`. */
  readonly config: string
  /** Where the scripted cloud is; absent = the clouds of the configuration. */
  readonly scriptedCloud?: string
  readonly env?: NodeJS.ProcessEnv
}

export class Backends {
  readonly all: readonly Backend[]
  kills = 0

  private constructor(all: readonly Backend[]) {
    this.all = all
  }

  static async start(options: BackendsOptions): Promise<Backends> {
    const { count, folder, database, config, scriptedCloud, env } = options
    await bundle()
    const all: Backend[] = []
    for (let index = 0; index < count; index++) {
      const port = await freePort()
      const file = join(folder, `labs-${index}.yaml`)
      await writeFile(file, `listen: 127.0.0.1:${port}\nstateFolder: ./state-${index}\n${config}`)
      all.push(new Backend(port, [file, database, ...(scriptedCloud ? [scriptedCloud] : [])], env))
    }
    await Promise.all(all.map((backend) => backend.start()))
    return new Backends(all)
  }

  get count(): number {
    return this.all.length
  }

  url(index: number): string {
    return this.#at(index).url
  }

  /** Any one of them, with SIGKILL; resolves when it serves again. */
  async killOne(): Promise<void> {
    const backend = this.#at(Math.floor(Math.random() * this.all.length))
    await backend.end('SIGKILL')
    this.kills += 1
    await backend.start()
  }

  async close(): Promise<void> {
    for (const backend of this.all) await backend.end('SIGKILL')
    await rm(PROGRAM, { force: true })
  }

  #at(index: number): Backend {
    const backend = this.all[index % this.all.length]
    if (!backend) throw new Error('no backend')
    return backend
  }
}

export class Backend {
  readonly url: string
  readonly #words: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  #child: Child | undefined

  constructor(port: number, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.url = `http://127.0.0.1:${port}`
    this.#words = words
    this.#env = env
  }

  async start(): Promise<void> {
    this.#child = new Child(process.execPath, [PROGRAM, ...this.#words], {
      env: { ...process.env, PORT: '', LOG_LEVEL: process.env['LAB_TEST_LOG'] ?? 'fatal', ...this.#env },
    })
    await this.#child.said('ready')
  }

  /** So many milliseconds pass at once for its terminals: whatever was due in them happens. */
  async later(milliseconds: number): Promise<void> {
    this.#child?.process.stdin?.write(`later ${milliseconds}\n`)
    await this.#child?.said('later')
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await child?.end(signal)
  }
}

/** Bundled, since it starts often. */
async function bundle(): Promise<void> {
  await build({
    ...{ entryPoints: [SOURCE], outfile: PROGRAM, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  })
  const migrations = fileURLToPath(new URL('../../src/store/migrations', import.meta.url))
  await cp(migrations, join(dirname(PROGRAM), 'migrations'), { recursive: true })
}
