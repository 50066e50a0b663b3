import type { Display, DisplayEvent } from '../display/display.js'
import type { Timers } from '../session/timers.js'
import { HeldKeys } from './held-keys.js'

/** How long (ms) a bell is seen, and how often at most. */
const BELL_MS = 400

/** What there is in and around the terminal beside typing. */
export interface Tools {
  /** The search bar is open; `count` is undefined before anything was searched for. */
  readonly search: { readonly text: string; readonly index: number; readonly count: number | undefined } | undefined
  /** A paste of several lines that waits for a yes. */
  readonly paste: { readonly text: string; readonly lines: number } | undefined
  /** Round trip to the server, whole milliseconds. */
  readonly latency: number | undefined
  readonly bell: boolean
  /** The shell is a new one that nobody asked for; until the person uses it. */
  readonly shellLost: boolean
  /** Modifiers beside the screen that are held for the next key. */
  readonly heldKeys: readonly string[]
  readonly canSearch: boolean
  readonly canPress: boolean
  /** Whether the on-screen keyboard is there; undefined where there is none. */
  readonly keyboard: boolean | undefined
}

export interface ToolCommands {
  openSearch(): void
  find(text: string, direction: 'next' | 'previous'): void
  closeSearch(): void
  acceptPaste(): void
  /** A key beside the screen; the modifiers among them are held for the next one. */
  press(name: string): void
  /** Text from the field beside the screen. */
  sendText(text: string): void
}

export interface ToolParts {
  readonly timers: Timers
  readonly display: () => Display | undefined
  readonly changed: () => void
}

/** Search, the question before a paste, the bell, the figure of the link and the keys of the touch bar. */
export class TerminalTools {
  readonly #parts: ToolParts
  #search: Tools['search']
  #paste: { text: string; lines: number; accept: () => void } | undefined
  #latency: number | undefined
  #bell: number | undefined
  #shellLost = false
  readonly #keys = new HeldKeys()

  constructor(parts: ToolParts) {
    this.#parts = parts
  }

  get view(): Tools {
    const display = this.#parts.display()
    return {
      search: this.#search,
      paste: this.#paste,
      latency: this.#latency,
      bell: this.#bell !== undefined,
      shellLost: this.#shellLost,
      heldKeys: this.#keys.held,
      canSearch: display?.find !== undefined,
      canPress: display?.press !== undefined,
      keyboard: display?.keyboardShown,
    }
  }

  heard(event: DisplayEvent): void {
    switch (event.type) {
      case 'search':
        this.commands.openSearch()
        return
      case 'found':
        if (this.#search) this.#search = { ...this.#search, index: event.index, count: event.count }
        break
      case 'paste':
        this.#paste = event
        break
      case 'released':
        this.#keys.release()
        break
      case 'keyboard':
        break
      case 'shell-lost':
        this.#shellLost = true
        break
      case 'input':
        if (!this.#shellLost) return
        this.#shellLost = false
        break
      case 'latency':
        this.#latency = Math.round(event.ms)
        // Every two seconds: who looks at it renders it.
        return
      case 'closed':
        this.#latency = undefined
        return
      case 'bell':
        this.#ring()
        return
      default:
        return
    }
    this.#parts.changed()
  }

  /** The question went away without a yes. */
  dropPaste(): void {
    this.#paste = undefined
  }

  /** The terminal cannot be used now. */
  clear(): void {
    this.#search = undefined
    this.#paste = undefined
    this.#latency = undefined
    this.#shellLost = false
    this.#keys.release()
  }

  #ring(): void {
    if (this.#bell !== undefined) return
    this.#bell = this.#parts.timers.setTimeout(() => {
      this.#bell = undefined
      this.#parts.changed()
    }, BELL_MS)
    this.#parts.changed()
  }

  readonly commands: ToolCommands = {
    openSearch: () => {
      this.#search ??= { text: '', index: 0, count: undefined }
      this.#parts.changed()
    },
    find: (text, direction) => {
      this.#search =
        text === '' ? { text, index: 0, count: undefined } : { index: 0, count: undefined, ...this.#search, text }
      this.#parts.display()?.find?.(text, direction)
      this.#parts.changed()
    },
    closeSearch: () => {
      this.#search = undefined
      this.#parts.display()?.find?.('', 'next')
      this.#parts.changed()
    },
    acceptPaste: () => {
      this.#paste?.accept()
      this.#paste = undefined
    },
    press: (name) => this.#press(name),
    sendText: (text) => this.#sendText(text),
  }

  #press(name: string): void {
    const display = this.#parts.display()
    const keys = this.#keys.press(name)
    if (keys.length > 0) display?.press?.(keys)
    else display?.hold?.(this.#keys.held)
    this.#parts.changed()
  }

  /** A character with Ctrl or Alt held is a shortcut. */
  #sendText(text: string): void {
    if (text === '') this.#press('Enter')
    else if (this.#keys.held.length > 0 && [...text].length === 1) this.#press(text)
    else this.#parts.display()?.send(text)
  }
}
