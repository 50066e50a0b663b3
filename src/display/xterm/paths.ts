/**
 * Files of the lab where the output names them: a path or a link to one (OSC 8, `file:`) is asked for by Ctrl or Command
 * with a click, and so is what is selected, by the menu. What belongs to another host, as a shell that went there by ssh
 * tells, is no file of the lab's.
 */
import type { IBufferLine, ILink, Terminal } from '@xterm/xterm'
import type { Folders } from '../../wire/folders.js'
import { type LinkHandlers, linkHandlers, type Target } from './links.js'
import { fileAddress, pathOf, pathWords } from './path-words.js'
import type { XtermPorts } from './ports.js'

/** Rows that a line may be wrapped over, either way from the pointer. */
const MAX_ROWS = 20

export interface PathsOptions {
  readonly terminal: Terminal
  readonly host: HTMLElement
  readonly ports: Pick<XtermPorts, 'platform'>
  readonly folders: Folders
  /** The person wants this one. */
  readonly want: (path: string) => void
  /** Addresses of the web. */
  readonly web: (text: string) => Target | undefined
}

export class Paths {
  readonly #terminal: Terminal
  readonly #folders: Folders
  readonly #want: (path: string) => void
  readonly #handlers: LinkHandlers

  constructor({ terminal, host, ports, folders, want, web }: PathsOptions) {
    this.#terminal = terminal
    this.#folders = folders
    this.#want = want
    this.#handlers = linkHandlers(host, ports.platform, (path) => this.#target(path))
    terminal.registerLinkProvider({ provideLinks: (row, found) => found(this.#linksAt(row - 1)) })
    terminal.options.linkHandler = {
      ...linkHandlers(host, ports.platform, (text) => web(text) ?? this.#target(this.#linked(text))),
      allowNonHttpProtocols: true,
    }
  }

  /** What is selected, where it can be the path of a file. */
  get selected(): string | undefined {
    const at = this.#terminal.getSelectionPosition()
    if (!at) return undefined
    const text = this.#terminal.getSelection().trim()
    const { isOther, path } = this.#folderAt(at.start.y)
    return isOther ? undefined : (this.#linked(text) ?? pathOf(text, path))
  }

  #target(path: string | undefined): Target | undefined {
    return path === undefined ? undefined : { shown: path, open: () => this.#want(path) }
  }

  #linked(text: string): string | undefined {
    const address = fileAddress(text)
    return address && this.#isOwn(address.host) ? pathOf(address.path, undefined) : undefined
  }

  /** Of two that name their host; one that names none is the lab's. */
  #isOwn(host: string): boolean {
    const { first } = this.#folders
    return host === '' || host === (first === undefined ? undefined : fileAddress(first)?.host)
  }

  #folderAt(row: number): { readonly isOther: boolean; readonly path?: string | undefined } {
    const isAlternate = this.#terminal.buffer.active.type === 'alternate'
    const told = isAlternate ? this.#folders.last : this.#folders.at(row)
    const folder = told === undefined ? undefined : fileAddress(told)
    return { isOther: folder !== undefined && !this.#isOwn(folder.host), path: folder?.path }
  }

  #linksAt(row: number): ILink[] {
    const { isOther, path: folder } = this.#folderAt(row)
    if (isOther) return []
    const { text, cells } = this.#lineAround(row)
    return pathWords(text, folder).flatMap(({ path, begin, end }) => {
      const [first, last] = [cells[begin], cells[end - 1]]
      if (!first || !last || first.y > row + 1 || last.y < row + 1) return []
      return [{ text: path, range: { start: first, end: last }, ...this.#handlers }]
    })
  }

  /** The whole line that a row is a part of, and the cell of each UTF-16 unit, from 1 as links count. */
  #lineAround(row: number): { text: string; cells: { x: number; y: number }[] } {
    const { active } = this.#terminal.buffer
    const isWrapped = (at: number) => active.getLine(at)?.isWrapped ?? false
    let [first, last] = [row, row]
    while (row - first < MAX_ROWS && isWrapped(first)) first--
    while (last - row < MAX_ROWS && isWrapped(last + 1)) last++
    let text = ''
    const cells: { x: number; y: number }[] = []
    for (let y = first; y <= last; y++) {
      for (const { x, characters } of cellsOf(active.getLine(y))) {
        text += characters
        for (let unit = 0; unit < characters.length; unit++) cells.push({ x: x + 1, y: y + 1 })
      }
    }
    return { text, cells }
  }
}

function* cellsOf(line: IBufferLine | undefined): Generator<{ x: number; characters: string }> {
  for (let x = 0; x < (line?.length ?? 0); x++) {
    const cell = line?.getCell(x)
    if (cell && cell.getWidth() > 0) yield { x, characters: cell.getChars() || ' ' }
  }
}
