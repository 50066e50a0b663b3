/**
 * What a terminal on the page is, whatever draws it. The display keeps the screen for as long as the element lives;
 * each link to the server is made by `connect`, thrown away when it ends, and never reused.
 */
import type { Problem } from '../wire/problems.js'
import type { TerminalInfo, Ticket } from '../wire/schema.js'

export { LEAVE_CHORD } from './leave-chord.js'

export type DisplayKind = 'xterm' | 'guacamole'

/** How a terminal looks; all of it may change while it is shown. */
export interface Appearance {
  readonly fontSize: number
  readonly fontFamily: string
  readonly theme: 'dark' | 'light' | (string & {})
  readonly label: string
  readonly screenReader: boolean
  /** What is typed shows before the host echoes it, where that takes long. */
  readonly localEcho?: boolean
  /** A touch screen moves the pointer as a touchpad does; else a tap is a click in its place. */
  readonly touchpad?: boolean
}

export type DisplayEvent =
  /** The link proved itself: the shell is open, or the first frame is drawn. */
  | { type: 'ready'; readOnly: boolean }
  /** The link ended. Comes once for each `connect` that was not aborted. */
  | { type: 'closed'; problem: Problem }
  /** The person typed, pasted, or used the pointer in the terminal. */
  | { type: 'input' }
  | { type: 'exited' }
  | { type: 'opened' }
  /** The person pressed the chord that leaves the terminal by keyboard. */
  | { type: 'leave' }
  | { type: 'title'; title: string }
  | { type: 'bell' }
  /** The person wants larger (1) or smaller (-1) text, or the usual size (0). */
  | { type: 'text-size'; change: 1 | -1 | 0 }
  /** The person wants to search the screen. */
  | { type: 'search' }
  /** What the last `find` found: which one of how many, from 1; 0 of 0 where nothing is. */
  | { type: 'found'; index: number; count: number }
  /** The shell would run each line of this at once; `accept` pastes it all the same. */
  | { type: 'paste'; text: string; lines: number; accept: () => void }
  /** The shell before is gone for good, and this is a new one: the server that held it was lost. */
  | { type: 'shell-lost' }
  /** Enter, where there is no shell to take it: the person wants one. */
  | { type: 'again' }
  /** What was held by `hold` went with what was typed. */
  | { type: 'released' }
  /** Round trip to the server, milliseconds. */
  | { type: 'latency'; ms: number }
  /** The server answers late, or in time again. */
  | { type: 'quality'; late: boolean }
  /** Which way files may go now: `upload` has somewhere to put them, `download` something to ask. */
  | { type: 'files'; upload: boolean; download: boolean }
  | { type: 'transfer'; transfer: Transfer }
  /** The person wants this file of the lab's, whose path is on the screen. */
  | { type: 'download'; path: string }
  /** What is done on this link is recorded by the operator of the lab. */
  | { type: 'recorded' }
  /** The on-screen keyboard came or went. */
  | { type: 'keyboard' }

/** A file on its way. */
export interface Transfer {
  readonly id: number
  readonly name: string
  /**
   * `waiting`: goes on when the link is back. `saving`: the browser has taken it over. `printing`: the lab prints it, and
   * nobody knows how long it will be; `printed`: it is all there, see `document`.
   */
  readonly state: 'going' | 'waiting' | 'done' | 'saving' | 'printing' | 'printed' | 'failed' | 'cancelled'
  /** From 0 to 1. */
  readonly share: number
  readonly problem?: Problem
  /** After `failed`: `againTransfer` does it once more; `replace`: instead of the file that is there. */
  readonly again?: 'retry' | 'replace'
  /** After `printed`: what the person may open or save, as often as they like. */
  readonly document?: Blob
}

/** What is in a folder of the lab. */
export interface FolderEntry {
  readonly name: string
  readonly path: string
  readonly folder: boolean
}

/** What stands around the keys of an on-screen keyboard. */
export interface KeyboardWords {
  readonly keyboard: string
  readonly close: string
}

/** What the host of a text terminal lets through by SFTP; absent where nothing may cross. */
export interface HostFileRules extends NonNullable<TerminalInfo['files']> {
  readonly lab: string
  readonly terminal: string
}

/** Carries the files of a display over HTTP; a path is one of the backend's. All throw `LabError`. */
export interface FileDoor {
  upload(
    path: string,
    file: Blob,
    options: { readonly progress: (share: number) => void; readonly signal: AbortSignal },
  ): Promise<unknown>
  /** An address that lets the browser save the file, once and soon. */
  link(path: string, signal: AbortSignal): Promise<string>
  /** The answer of the backend, where it is a good one. The signal ends its body as well. */
  open(
    path: string,
    options: {
      readonly method: 'GET' | 'POST'
      readonly headers?: Readonly<Record<string, string>>
      readonly signal: AbortSignal
    },
  ): Promise<Response>
}

export interface DisplayOptions {
  /** An empty element inside the shadow root, sized by the element's styles; the display fills it. */
  readonly container: HTMLElement
  readonly appearance: Appearance
  readonly readOnly: boolean
  /** What the lab speaks, where that changes a key or two. */
  readonly protocol?: TerminalInfo['protocol']
  /** Lines kept above the screen, where the display keeps any; default 5000. */
  readonly scrollback?: number
  /** `write`: a program in the lab may put text on the person's clipboard (OSC 52) while they are in the terminal. */
  readonly clipboard?: 'off' | 'write'
  /** `on`: images in the output are shown (sixel, iTerm). */
  readonly images?: 'off' | 'on'
  readonly notify: (event: DisplayEvent) => void
  /** Absent where no files are carried. */
  readonly files?: FileDoor
  readonly hostFiles?: HostFileRules
}

export interface Display {
  readonly kind: DisplayKind
  /** Opens one link; a link before it must have ended or been aborted. Aborting keeps the screen and is silent. */
  connect(ticket: Ticket, signal: AbortSignal): void
  /** Shows new looks without losing the screen. */
  update(appearance: Appearance): void
  focus(): void
  /** Sends text as if typed; does nothing without a link or when read-only. */
  send(text: string): void
  /** Sends text as a paste (bracketed where the program asked for it). */
  paste(text: string): void
  /** Screen and scrollback as text, empty where the display cannot tell. */
  getText(): string
  /** Searches screen and scrollback for a text and shows the next match, or the one before; '' ends the search. */
  find?(text: string, direction: 'next' | 'previous'): void
  /**
   * Presses keys that a person's own keyboard has not, one after the other, and lets them go in turn: the names of
   * `KeyboardEvent.key`, or single characters.
   */
  press?(keys: readonly string[]): void
  /** These modifiers, or none, count as pressed with what the person types next; see `released`. */
  hold?(modifiers: readonly string[]): void
  /** Whether the on-screen keyboard is there; undefined where nothing can be typed. */
  readonly keyboardShown?: boolean | undefined
  toggleKeyboard?(words: KeyboardWords): void
  /** After `files`: puts them into the lab. */
  upload?(files: readonly File[]): void
  /** After `files`: lets the browser save one of the lab's, by its path there. */
  download?(path: string): void
  /** What is in a folder of the lab, by its path there, `/` for the uppermost. Rejects where that cannot be told. */
  list?(path: string): Promise<readonly FolderEntry[]>
  /** What is selected, where it can be the path of a file to download. */
  readonly selectedPath?: string | undefined
  cancelTransfer?(id: number): void
  /** After a transfer `failed` that has `again`. */
  againTransfer?(id: number): void
  /** After `exited`: opens another shell. */
  newShell?(): void
  /** Frees everything and empties the container. Safe to call twice. */
  dispose(): void
}

/** Tiny and eager; the display itself is loaded when first needed. */
export interface DisplayLoader {
  readonly kind: DisplayKind
  load(): Promise<(options: DisplayOptions) => Display>
}

/** Which displays there are. The element asks here and knows no driver. */
export class DisplayRegistry {
  readonly #loaders = new Map<DisplayKind, DisplayLoader>()

  register(loader: DisplayLoader): void {
    this.#loaders.set(loader.kind, loader)
  }

  has(kind: DisplayKind): boolean {
    return this.#loaders.has(kind)
  }

  /** Rejects where the kind is unknown or its code cannot be fetched. */
  async load(kind: DisplayKind): Promise<(options: DisplayOptions) => Display> {
    const loader = this.#loaders.get(kind)
    if (!loader) throw new Error(`no display of kind ${kind}`)
    return loader.load()
  }
}
