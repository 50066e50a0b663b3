/**
 * Where the shell was when it wrote a row: the folders that it told (OSC 7, as most shells can), each with the row. Kept
 * as they came; who asks reads them. Page and server keep the same, so that a page that lost its screen has them again.
 */

/** Longest address of a folder, UTF-16 units: 4096 bytes percent-encoded, and a host. */
const MAX_FOLDER = 12_600
/** Folders held at a time: each one listens to every line that scrolls away. */
const MAX_FOLDERS = 100

/** A row of the buffer, -1 once it has scrolled out. */
interface Row {
  readonly line: number
  dispose(): void
}

/** What this needs of xterm, on a page or headless. */
export interface FolderTerminal {
  readonly parser: {
    registerOscHandler(id: number, heard: (data: string) => boolean): unknown
    registerEscHandler(id: { final: string }, heard: () => boolean): unknown
    registerCsiHandler(id: { intermediates: string; final: string }, heard: () => boolean): unknown
  }
  readonly buffer: {
    readonly active: { readonly type: 'normal' | 'alternate' }
    onBufferChange(changed: (active: { readonly type: 'normal' | 'alternate' }) => void): unknown
  }
  registerMarker(): Row | undefined
}

/** From this row on the shell was there. */
export interface FolderRow {
  readonly row: number
  readonly url: string
}

export class Folders {
  readonly #told: { readonly url: string; readonly row: Row }[] = []
  #first: string | undefined
  #alternate: string | undefined

  constructor(terminal: FolderTerminal) {
    const { parser, buffer } = terminal
    parser.registerOscHandler(7, (url) => {
      if (url.length > MAX_FOLDER || url === this.last) return true
      this.#first ??= url
      if (buffer.active.type === 'alternate') {
        this.#alternate = url
        return true
      }
      const row = terminal.registerMarker()
      if (row) this.#told.push({ url, row })
      if (this.#told.length > MAX_FOLDERS) this.#told.shift()?.row.dispose()
      return true
    })
    buffer.onBufferChange(({ type }) => {
      if (type === 'normal') this.#alternate = undefined
    })
    // The terminal is reset: by a program, or because another screen than the last one is shown.
    parser.registerEscHandler({ final: 'c' }, () => this.#forget())
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.#forget())
  }

  /** The very first one: of the lab's own host, whatever host a shell went to since. */
  get first(): string | undefined {
    return this.#first
  }

  /** Told on the alternate screen, and of it: its rows are no rows of the normal one, and end with it. */
  get alternate(): string | undefined {
    return this.#alternate
  }

  /** Where the shell was last, on the screen that is shown. */
  get last(): string | undefined {
    return this.#alternate ?? this.#told.at(-1)?.url
  }

  /** The last one before this row of the normal buffer. What has scrolled out of it is before all. */
  at(row: number): string | undefined {
    return this.#told.filter((each) => each.row.line <= row).at(-1)?.url
  }

  /** The rows where another one begins, from the top; all that `at` knows. */
  get rows(): FolderRow[] {
    const lines = [...new Set(this.#told.map(({ row }) => Math.max(row.line, 0)))].sort((one, other) => one - other)
    const rows = lines.flatMap((row) => ({ row, url: this.at(row) ?? '' }))
    return rows.filter(({ url }, index) => url !== rows[index - 1]?.url)
  }

  #forget(): boolean {
    this.#alternate = undefined
    for (const { row } of this.#told.splice(0)) row.dispose()
    return false
  }
}
