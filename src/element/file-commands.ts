import type { DisplayHost } from './display-host.js'
import type { Commands } from './views/view.js'

export interface FileCommandParts {
  readonly screens: () => DisplayHost
  readonly closeMenu: () => void
  /** A command that also ends what else the menu had opened. */
  readonly fromMenu: (run: () => void) => () => void
  readonly changed: () => void
}

/** What the learner does with files: brings them to the terminal in front, fetches them, and deals with those on their way. */
export function fileCommands({
  screens,
  closeMenu,
  fromMenu,
  changed,
}: FileCommandParts): Pick<Commands, 'upload' | 'download' | 'dropTransfer' | 'againTransfer'> {
  return {
    upload: (files) => {
      closeMenu()
      screens().display?.upload?.(files)
      changed()
    },
    download: (path) => fromMenu(() => screens().display?.download?.(path))(),
    dropTransfer: ({ id, state }) => {
      if (state === 'going' || state === 'waiting') screens().display?.cancelTransfer?.(id)
      else screens().forget(id)
      changed()
    },
    againTransfer: ({ id }) => {
      screens().forget(id)
      screens().display?.againTransfer?.(id)
      changed()
    },
  }
}
