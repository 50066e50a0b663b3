/**
 * Recordings of desks as files: what guacd drew, in Guacamole's own format, and beside it of whom and when. Written here
 * and not by guacd, so that they lie on the backend's disk wherever guacd runs, have an end, and hold the keys only if asked.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { LabError } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { GatewayLog } from '../log.js'

/** How a terminal is recorded. */
export interface RecordingRules {
  readonly folder: string
  /** What is typed is recorded as well. */
  readonly keys: boolean
  /** Bytes; at this length a recording ends. */
  readonly limit: number
}

/** What is known of a recording besides what is seen in it. */
export interface RecordingInfo {
  readonly id: string
  readonly lab: string
  readonly terminal: string
  readonly issuer: string
  readonly client?: string
  readonly subject: string
  readonly name?: string
  readonly context?: string
  readonly startedAt: string
  readonly endedAt?: string
  readonly keys: boolean
  /** It reached its limit, or could not be written on. */
  readonly cut?: true
}

/** Bytes that wait for the disk: a disk that slow holds nobody up, the recording ends. */
const MOST_WAITING = 16 * 1024 * 1024
/** While a desk is recorded something is written every second; one untouched this long (ms) was left by a backend that died. */
const LEFT_AFTER_MS = 5 * 60_000
const ID = /^[0-9a-f-]{36}$/

/** One recording that goes on. */
export class RecordingFile {
  readonly keys: boolean
  readonly #info: RecordingInfo
  readonly #path: string
  readonly #limit: number
  readonly #stream: WriteStream
  readonly #ended: (error?: Error) => void
  #bytes = 0
  #open = true

  constructor(path: string, info: RecordingInfo, limit: number, ended: (error?: Error) => void) {
    this.#path = path
    this.#info = info
    this.#limit = limit
    this.keys = info.keys
    this.#ended = ended
    this.#stream = createWriteStream(`${path}.guac`, { flags: 'a', mode: 0o600 })
    this.#stream.on('error', (error) => this.#finish(true, error))
  }

  get open(): boolean {
    return this.#open
  }

  /** Whole instructions. */
  write(pieces: readonly (Buffer | string)[]): void {
    for (const piece of pieces) {
      if (!this.#open) return
      this.#bytes += Buffer.byteLength(piece)
      if (this.#bytes > this.#limit || this.#stream.writableLength > MOST_WAITING) this.#finish(true)
      else this.#stream.write(piece)
    }
  }

  end(): void {
    this.#finish(false)
  }

  #finish(cut: boolean, error?: Error): void {
    if (!this.#open) return
    this.#open = false
    this.#stream.end()
    const info = { ...this.#info, endedAt: new Date().toISOString(), ...(cut && { cut }) }
    writeFile(`${this.#path}.json`, JSON.stringify(info), { mode: 0o600 }).then(() => this.#ended(error), this.#ended)
  }
}

export class Recordings {
  readonly #log: GatewayLog
  readonly #going = new Set<Promise<void>>()

  constructor(log: GatewayLog) {
    this.#log = log
  }

  /** Throws `LabError` (`cloud/misconfigured`) where nothing can be written there: who is to be recorded is not let in else. */
  async begin({ folder, keys, limit }: RecordingRules, claims: TicketClaims): Promise<RecordingFile> {
    const { lab, terminal, principal } = claims
    const { issuer, client, subject, name, context } = principal
    const whose = {
      ...{ issuer, subject },
      ...(client !== undefined && { client }),
      ...(name !== undefined && { name }),
      ...(context !== undefined && { context }),
    }
    const info = { id: randomUUID(), lab, terminal, ...whose, startedAt: new Date().toISOString(), keys }
    const path = join(folder, info.id)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(`${path}.json`, JSON.stringify(info), { mode: 0o600, flag: 'wx' })
      await writeFile(`${path}.guac`, '', { mode: 0o600, flag: 'wx' })
    } catch (cause) {
      throw new LabError('cloud/misconfigured', { message: 'a recording cannot be written', cause })
    }
    const { promise, resolve } = withResolvers()
    this.#going.add(promise)
    return new RecordingFile(path, info, limit, (error) => {
      if (error) this.#log.warn({ lab, terminal, recording: info.id, err: error }, 'a recording is not whole')
      this.#going.delete(promise)
      resolve()
    })
  }

  /** Those of the folder, newest first, with their length. What is no recording is passed over. */
  async list(folder: string): Promise<(RecordingInfo & { bytes: number })[]> {
    const names = await readdir(folder).catch(() => [])
    const found = await Promise.all(
      names.filter((name) => name.endsWith('.json')).map((name) => this.#read(folder, name.slice(0, -5))),
    )
    return found.filter((one) => one !== undefined).sort((a, b) => b.startedAt.localeCompare(a.startedAt))
  }

  /** One of the folder; undefined where there is none of this id. */
  async find(folder: string, id: string): Promise<{ info: RecordingInfo; read: () => Promise<Readable> } | undefined> {
    const info = await this.#read(folder, id)
    if (!info) return undefined
    return { info, read: async () => (await open(join(folder, `${id}.guac`))).createReadStream() }
  }

  /** Deletes what ended before `until`. */
  async sweep(folder: string, until: Date): Promise<void> {
    for (const { id, endedAt } of await this.list(folder)) {
      if (endedAt === undefined || new Date(endedAt) >= until) continue
      await Promise.all(['guac', 'json'].map((ending) => rm(join(folder, `${id}.${ending}`), { force: true })))
    }
  }

  /** Resolves when what has ended is on the disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#going)
  }

  async #read(folder: string, id: string): Promise<(RecordingInfo & { bytes: number }) | undefined> {
    if (!ID.test(id)) return undefined
    try {
      const info: RecordingInfo = JSON.parse(await readFile(join(folder, `${id}.json`), 'utf8'))
      const { size, mtime } = await stat(join(folder, `${id}.guac`))
      const left = info.endedAt === undefined && Date.now() - mtime.getTime() > LEFT_AFTER_MS
      return { ...info, bytes: size, ...(left && { endedAt: mtime.toISOString(), cut: true }) }
    } catch {
      return undefined
    }
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
