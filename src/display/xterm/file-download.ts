import { LabError } from '../../wire/problems.js'
import { PATHS } from '../../wire/protocol.js'
import type { Transfer } from '../display.js'
import type { Job, Try } from './files.js'

/** Bytes kept as pieces before the browser, which may put them on its disk, gets them as one. */
const PIECE = 4 * 1024 * 1024

/** A file of the lab's, by its path there. `save` gets it when it is whole. */
export function fetchFile(path: string, save: (file: Blob, name: string) => void): Job {
  return new Download(path, save)
}

class Download implements Job {
  readonly name: string
  readonly #path: string
  readonly #save: (file: Blob, name: string) => void
  #etag: string | undefined
  #got: Blob = new Blob()
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #loose = 0

  constructor(path: string, save: (file: Blob, name: string) => void) {
    this.name = path.slice(path.lastIndexOf('/') + 1) || path
    this.#path = path
    this.#save = save
  }

  async run({ door, rules, signal, progress }: Try): Promise<Pick<Transfer, 'name' | 'state'>> {
    this.#gather()
    const from = this.#got.size
    const headers = this.#etag ? { range: `bytes=${from}-`, 'if-match': this.#etag } : {}
    const path = `${PATHS.files(rules.lab, rules.terminal)}?${new URLSearchParams({ path: this.#path })}`
    const response = await door.open(path, { method: 'GET', headers, signal })
    this.#etag = response.headers.get('etag') ?? undefined
    const size = from + Number(response.headers.get('content-length') ?? Number.NaN)
    if (from > 0 && response.status !== 206) throw new LabError('file/changed')
    await this.#read(response, () => progress(size > 0 ? (this.#got.size + this.#loose) / size : 1))
    this.#gather()
    // A body that was cut looks whole to some browsers.
    if (Number.isFinite(size) && this.#got.size !== size) throw new LabError('link/lost')
    this.#save(this.#got, this.name)
    return { name: this.name, state: 'saving' }
  }

  again(): Job {
    return new Download(this.#path, this.#save)
  }

  async abandon(): Promise<void> {
    this.#pieces = []
    this.#got = new Blob()
  }

  async #read(response: Response, moved: () => void): Promise<void> {
    const reader = response.body?.getReader()
    for (;;) {
      const { done, value } = (await reader?.read().catch((cause: unknown) => {
        throw new LabError('link/lost', { cause })
      })) ?? { done: true }
      if (done || !value) return
      this.#pieces.push(value)
      this.#loose += value.length
      if (this.#loose >= PIECE) this.#gather()
      moved()
    }
  }

  #gather(): void {
    this.#got = new Blob([this.#got, ...this.#pieces])
    this.#pieces = []
    this.#loose = 0
  }
}
