/** The folders of a desktop, to choose a file from: fetched when the dialog for a download is first opened. */
import { html, nothing, type TemplateResult } from 'lit/html.js'
import type { FolderEntry } from '../../display/display.js'
import { msg, str } from '../words.js'

/** Entries that are shown; a page with more of them is slow, and nobody looks through them. */
const MOST = 500

export interface FolderPickerParts {
  readonly list: (path: string) => Promise<readonly FolderEntry[]>
  readonly download: (path: string) => void
  /** Something else is to be shown; resolves when it is. */
  readonly changed: () => Promise<unknown>
}

export class FolderPicker {
  readonly #parts: FolderPickerParts
  #path: string
  /** Undefined until the first answer. */
  #entries: readonly FolderEntry[] | undefined
  #failed = false
  /** The folder that is asked for. */
  #wanted: string | undefined

  /** Begins in the folder `path`. */
  constructor(parts: FolderPickerParts, path = '/') {
    this.#parts = parts
    this.#path = path
    void this.#open(path)
  }

  /** The folder that is shown. */
  get path(): string {
    return this.#path
  }

  view(): TemplateResult {
    const path = this.#path
    const entries = this.#entries ?? []
    const more = entries.length - MOST
    return html`
      <p><bdi>${path}</bdi></p>
      <ul class="preview folder" aria-label=${msg(str`Folder ${path}`)} aria-busy=${this.#wanted !== undefined}>
        ${path === '/' ? nothing : row(msg('Up one folder'), html`↑ ${msg('Up one folder')}`, (event) => void this.#go(parentOf(path), event))}
        ${entries.slice(0, MOST).map((entry) => this.#entry(entry))}
      </ul>
      <p role="status">${this.#words(more)}</p>
    `
  }

  #entry({ name, path, folder }: FolderEntry): TemplateResult {
    return folder
      ? row(msg(str`Open the folder ${name}`), html`<bdi>${name}</bdi>/`, (event) => void this.#go(path, event))
      : row(msg(str`Download ${name}`), html`<bdi>${name}</bdi>`, () => this.#parts.download(path))
  }

  #words(more: number): string {
    if (this.#failed) return msg('This folder cannot be shown. If you know the path of the file, type it below.')
    if (!this.#entries) return msg('The files of the lab are looked for …')
    if (more > 0) return msg(str`And ${more} more: type the path of the file below.`)
    return this.#entries.length === 0 ? msg('This folder is empty.') : ''
  }

  /** The keyboard goes on in the new list: the button that was pressed is of another file by then, or gone. */
  async #go(path: string, { currentTarget }: Event): Promise<void> {
    const card = currentTarget instanceof HTMLElement ? currentTarget.closest<HTMLElement>('.card') : null
    const keep = () => card?.querySelector('.folder:focus-within') && card.focus({ preventScroll: true })
    const shown = await this.#open(path, keep)
    if (shown && card?.matches(':focus')) card.querySelector<HTMLElement>('.folder button')?.focus()
  }

  /** Answers whether this is what is shown now. `before`: comes right before the list is another one. */
  async #open(path: string, before?: () => void): Promise<boolean> {
    this.#wanted = path
    this.#failed = false
    void this.#parts.changed()
    const entries = await this.#parts.list(path).catch(() => undefined)
    // Another one was wanted meanwhile.
    if (this.#wanted !== path) return false
    this.#wanted = undefined
    this.#failed = entries === undefined
    if (entries) {
      before?.()
      this.#path = path
      this.#entries = entries
    }
    await this.#parts.changed()
    return entries !== undefined
  }
}

function row(label: string, words: unknown, run: (event: Event) => void): TemplateResult {
  return html`<li><button aria-label=${label} @click=${run}>${words}</button></li>`
}

function parentOf(path: string): string {
  return path.slice(0, path.replace(/\/+$/, '').lastIndexOf('/')) || '/'
}
