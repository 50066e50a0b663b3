/** Fetches what carries files when the first one is asked for. */
import { problemOf } from '../../wire/problems.js'
import type { DisplayOptions } from '../display.js'
import type { PulsePorts } from '../pulse.js'
import { saveBlob } from '../save-blob.js'
import type { HostFiles } from './files.js'

export type LazyFilesOptions = Pick<DisplayOptions, 'hostFiles' | 'files' | 'notify'>

export class LazyFiles {
  readonly #options: LazyFilesOptions
  readonly #ports: PulsePorts
  readonly #load: () => Promise<typeof import('./files.js')>
  #files: Promise<HostFiles> | undefined
  #linked = false
  /** Numbers of files that never came to be carried; below zero, where no carried one has its number. */
  #unloaded = 0

  constructor(options: LazyFilesOptions, ports: PulsePorts, load = () => import('./files.js')) {
    this.#options = options
    this.#ports = ports
    this.#load = load
  }

  /** The terminal is connected, or no longer. */
  follow(linked: boolean, readOnly: boolean): void {
    const { hostFiles: rules, files, notify } = this.#options
    if (!rules || !files) return
    this.#linked = linked
    void this.#files?.then((loaded) => loaded.follow(this.#linked))
    if (linked) notify({ type: 'files', upload: rules.upload && !readOnly, download: rules.download })
  }

  upload(files: readonly File[]): void {
    this.#use(
      (loaded) => loaded.upload(files),
      files.map(({ name }) => name),
    )
  }

  download(path: string): void {
    this.#use((loaded) => loaded.download(path), [path])
  }

  cancel(id: number): void {
    this.#use((loaded) => loaded.cancel(id))
  }

  again(id: number): void {
    this.#use((loaded) => loaded.again(id))
  }

  dispose(): void {
    void this.#files?.then((loaded) => loaded.dispose())
  }

  /** `names`: of what the person is told that it failed, where the code for it cannot be fetched. */
  #use(run: (loaded: HostFiles) => void, names: readonly string[] = []): void {
    const { hostFiles: rules, files: door, notify } = this.#options
    if (!rules || !door) return
    this.#files ??= this.#load().then(({ HostFiles }) => {
      const files = new HostFiles({ ports: this.#ports, door, rules, save: saveBlob, notify })
      files.follow(this.#linked)
      return files
    })
    this.#files.then(run, () => {
      this.#files = undefined
      const problem = problemOf('link/file-failed')
      for (const name of names) {
        notify({ type: 'transfer', transfer: { id: --this.#unloaded, name, state: 'failed', share: 0, problem } })
      }
    })
  }
}
