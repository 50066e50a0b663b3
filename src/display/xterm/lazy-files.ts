/** Fetches what carries files when the first one is asked for. */
import type { DisplayOptions } from '../display.js'
import type { FilePorts, HostFiles } from './files.js'

export class LazyFiles {
  readonly #options: DisplayOptions
  readonly #ports: FilePorts
  #files: Promise<HostFiles> | undefined
  #linked = false

  constructor(options: DisplayOptions, ports: FilePorts) {
    this.#options = options
    this.#ports = ports
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
    this.#use((loaded) => loaded.upload(files))
  }

  download(path: string): void {
    this.#use((loaded) => loaded.download(path))
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

  #use(run: (loaded: HostFiles) => void): void {
    const { hostFiles: rules, files: door, notify } = this.#options
    if (!rules || !door) return
    this.#files ??= import('./files.js').then(({ HostFiles, saveBlob }) => {
      const files = new HostFiles({ ports: this.#ports, door, rules, save: saveBlob, notify })
      files.follow(this.#linked)
      return files
    })
    this.#files.then(run, () => {
      this.#files = undefined
    })
  }
}
