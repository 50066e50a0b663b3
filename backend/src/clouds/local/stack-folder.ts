/** The folder of one stack: what is where, and what its files say. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LabError } from '../../../../src/wire/problems.js'
import { type Holder, isHolder } from './host-lock.js'
import { isRecord, isThere, readJson, removeFile, writeWhole } from './state-file.js'

const STACK_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const TRASH = '.trash'

/** What is being done to the processes, written before the first signal so that it can be taken up again. */
export interface Journal {
  readonly phase: 'stopping' | 'stopped' | 'resuming'
  /** Identities that were stopped before we came (Ctrl+Z) and stay so. */
  readonly stoppedBefore: readonly string[]
}

function isJournal(value: unknown): value is Journal {
  if (!isRecord(value) || !Array.isArray(value['stoppedBefore'])) return false
  const { phase } = value
  return (
    (phase === 'stopping' || phase === 'stopped' || phase === 'resuming') &&
    value['stoppedBefore'].every((identity) => typeof identity === 'string')
  )
}

/** Where the host listens, written once it does. */
export interface Listening extends Holder {
  readonly port: number
}

export function isListening(value: unknown): value is Listening {
  if (!isHolder(value) || !isRecord(value)) return false
  const port = value['port']
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536
}

export interface Keys {
  readonly hostPrivate: string
  /** `ssh-ed25519 AAAA…` */
  readonly hostPublic: string
  readonly clientPrivate: string
  readonly clientPublic: string
}

export function isKeys(value: unknown): value is Keys {
  return (
    isRecord(value) &&
    ['hostPrivate', 'hostPublic', 'clientPrivate', 'clientPublic'].every((name) => typeof value[name] === 'string')
  )
}

/** Paths in the `state` folder, as the cloud and the host know them. */
export function statePaths(state: string) {
  return {
    keys: join(state, 'keys.json'),
    settings: join(state, 'host.json'),
    lock: join(state, 'host.lock'),
    listening: join(state, 'listening.json'),
    /** The port of the last start, kept for the next one if it is free. */
    heartbeat: join(state, 'heartbeat'),
    hostLog: join(state, 'host.log'),
    /** Why the host could not start; plain text. */
    hostProblem: join(state, 'host-problem.txt'),
    created: join(state, 'created'),
    failed: join(state, 'failed.txt'),
    setupBegun: join(state, 'setup-begun'),
    setupScript: join(state, 'setup.sh'),
    setupLog: join(state, 'setup.log'),
    journal: join(state, 'journal.json'),
    deleting: join(state, 'deleting'),
  } as const
}

export class StackFolder {
  readonly stack: string
  readonly path: string
  readonly home: string
  readonly state: string
  readonly files: ReturnType<typeof statePaths>
  readonly #root: string

  /** Throws `LabError('cloud/refused')` for a name that is not a plain one: it becomes a folder's. */
  constructor(root: string, stack: string) {
    if (!STACK_NAME.test(stack)) throw new LabError('cloud/refused', { message: 'not a name of a stack' })
    this.stack = stack
    this.#root = resolve(root)
    this.path = join(this.#root, stack)
    this.home = join(this.path, 'home')
    this.state = join(this.path, 'state')
    this.files = statePaths(this.state)
  }

  /** What the processes of this stack carry in their environment; another folder's stack of the same name has another. */
  get id(): string {
    return `${this.stack}.${createHash('sha256').update(this.path).digest('hex').slice(0, 16)}`
  }

  exists(): Promise<boolean> {
    return isThere(this.path)
  }

  /** When the folder was made; undefined when it is gone. */
  async madeAt(): Promise<Date | undefined> {
    return stat(this.path).then(
      ({ birthtime }) => birthtime,
      () => undefined,
    )
  }

  isCreated(): Promise<boolean> {
    return isThere(this.files.created)
  }

  async make(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
    await mkdir(this.state, { recursive: true, mode: 0o700 })
  }

  async note(file: 'created' | 'setupBegun' | 'deleting' | 'heartbeat'): Promise<void> {
    await writeWhole(this.files[file], `${new Date().toISOString()}\n`)
  }

  journal(): Promise<Journal | undefined> {
    return readJson(this.files.journal, isJournal)
  }

  async writeJournal(phase: Journal['phase'], stoppedBefore: Iterable<string>): Promise<void> {
    await writeWhole(this.files.journal, JSON.stringify({ phase, stoppedBefore: [...stoppedBefore] } satisfies Journal))
  }

  dropJournal(): Promise<void> {
    return removeFile(this.files.journal)
  }

  /** Half-deleted folders of this stack. */
  async remains(): Promise<string[]> {
    const trash = join(this.#root, TRASH)
    const names = (await isThere(trash)) ? await readdir(trash) : []
    return names.filter((name) => name.startsWith(`${this.stack}.`)).map((name) => join(trash, name))
  }

  /** A fresh place to move the folder to before it is deleted. */
  async placeForRemains(unique: string): Promise<string> {
    const trash = join(this.#root, TRASH)
    await mkdir(trash, { recursive: true, mode: 0o700 })
    return join(trash, `${this.stack}.${unique}`)
  }
}

/** Names of all stacks that have a folder here. */
export async function stacksIn(root: string): Promise<string[]> {
  const entries = (await isThere(root)) ? await readdir(root, { withFileTypes: true }) : []
  return entries.filter((entry) => entry.isDirectory() && STACK_NAME.test(entry.name)).map((entry) => entry.name)
}
