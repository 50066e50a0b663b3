import type { Display } from '../display/display.js'
import type { FolderPicker, FolderPickerParts } from './views/folders.js'

export interface LazyFoldersParts extends Pick<FolderPickerParts, 'download' | 'changed'> {
  /** The one in front. */
  readonly display: () => Display | undefined
}

/** The folders in the dialog for a download: of displays that can tell them; elsewhere the dialog asks for a path. */
export class LazyFolders {
  readonly #parts: LazyFoldersParts
  #display: Display | undefined
  #picker: FolderPicker | undefined

  constructor(parts: LazyFoldersParts) {
    this.#parts = parts
  }

  get picker(): FolderPicker | undefined {
    return this.#display && this.#display === this.#parts.display() ? this.#picker : undefined
  }

  /** The dialog opens: in the folder of the last time. */
  open(): void {
    const display = this.#parts.display()
    const path = display === this.#display ? this.#picker?.path : undefined
    this.#display = display
    this.#picker = undefined
    if (display?.list) void this.#show(display, path)
  }

  async #show(display: Display, path: string | undefined): Promise<void> {
    const { download, changed } = this.#parts
    // Where its code does not come, the dialog still asks for a path.
    const code = await import('./views/folders.js').catch(() => undefined)
    if (!code || this.#display !== display) return
    const list = (folder: string) => display.list?.(folder) ?? Promise.reject(new Error('no list'))
    this.#picker = new code.FolderPicker({ list, download, changed }, path)
    await changed()
  }
}
