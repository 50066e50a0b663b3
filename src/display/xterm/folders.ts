/**
 * Where the shell was when it wrote a row: the folders that it told (OSC 7, as most shells can), each with the row. Kept
 * as they came; what reads them is fetched later.
 */
import type { IMarker, Terminal } from '@xterm/xterm'

/** Longest address of a folder, UTF-16 units: 4096 bytes percent-encoded, and a host. */
const MAX_FOLDER = 12_600
/** Folders held at a time: each one listens to every line that scrolls away. */
const MAX_FOLDERS = 100

export class Folders {
  readonly #told: { readonly url: string; readonly row: IMarker }[] = []
  #first: string | undefined

  constructor(terminal: Terminal) {
    const { parser } = terminal
    parser.registerOscHandler(7, (url) => {
      if (url.length > MAX_FOLDER || url === this.#told.at(-1)?.url) return true
      this.#first ??= url
      this.#told.push({ url, row: terminal.registerMarker() })
      if (this.#told.length > MAX_FOLDERS) this.#told.shift()?.row.dispose()
      return true
    })
    // The terminal is reset: by a program, or because another screen than the last one is shown.
    parser.registerEscHandler({ final: 'c' }, () => this.#forget())
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.#forget())
  }

  /** The very first one: of the lab's own host, whatever host a shell went to since. */
  get first(): string | undefined {
    return this.#first
  }

  /** The last one before this row of the buffer. What has scrolled out of it is before all. */
  at(row: number): string | undefined {
    return this.#told.filter((each) => each.row.line <= row).at(-1)?.url
  }

  #forget(): boolean {
    for (const { row } of this.#told.splice(0)) row.dispose()
    return false
  }
}
