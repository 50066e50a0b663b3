import type { Commands, Dialog } from './views/view.js'

export interface OverlaysParts {
  /** A dialog or the menu went away: what was to be pasted goes with it. */
  readonly dismissed: () => void
  /** The learner is about to be asked which file. */
  readonly asksDownload: () => void
  readonly changed: () => void
}

/** What lies over the terminal: the menu, or a dialog. */
export class Overlays {
  menuOpen = false
  dialog: Dialog | undefined
  readonly #parts: OverlaysParts
  #path: string | undefined

  constructor(parts: OverlaysParts) {
    this.#parts = parts
  }

  /** What the download dialog begins with. */
  get path(): string | undefined {
    return this.#path
  }

  /** Without a new picture of it. */
  closeMenu(): void {
    this.menuOpen = false
  }

  /** A command of the menu: it closes, and the rest is done. */
  from(run: () => void): () => void {
    return () => {
      this.menuOpen = false
      this.dialog = undefined
      run()
      this.#parts.dismissed()
      this.#parts.changed()
    }
  }

  readonly commands: Pick<Commands, 'toggleMenu' | 'closeMenu' | 'ask' | 'askDownload' | 'dismiss'> = {
    toggleMenu: () => {
      this.menuOpen = !this.menuOpen
      this.#parts.changed()
    },
    closeMenu: () => {
      // It also loses the focus when it is closed already and taken away.
      if (this.menuOpen) this.from(() => undefined)()
    },
    ask: (dialog) => {
      this.menuOpen = false
      this.dialog = dialog
      this.#parts.changed()
    },
    askDownload: (path) => {
      this.#path = path
      this.#parts.asksDownload()
      this.commands.ask('download')
    },
    dismiss: this.from(() => undefined),
  }
}
