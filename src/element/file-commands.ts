import { saveBlob } from '../display/save-blob.js'
import type { DisplayHost } from './display-host.js'
import { isGoing } from './views/files.js'
import type { Commands } from './views/view.js'

/** How long (ms) the browser has to read a document that it shows. */
const OPENING_MS = 60_000

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
}: FileCommandParts): Pick<
  Commands,
  'upload' | 'download' | 'dropTransfer' | 'againTransfer' | 'openDocument' | 'saveDocument'
> {
  return {
    upload: (files) => {
      closeMenu()
      screens().display?.upload?.(files)
      changed()
    },
    download: (path) => fromMenu(() => screens().display?.download?.(path))(),
    dropTransfer: ({ id, state }) => {
      if (isGoing(state)) screens().display?.cancelTransfer?.(id)
      else screens().forget(id)
      changed()
    },
    againTransfer: ({ id }) => {
      screens().forget(id)
      screens().display?.againTransfer?.(id)
      changed()
    },
    openDocument: ({ document, name }) => {
      if (document && !openBlob(document)) saveBlob(document, name)
    },
    saveDocument: ({ document, name }) => {
      if (document) saveBlob(document, name)
    },
  }
}

/** False where the browser, or the frame that the page is in, opens no window. */
function openBlob(document: Blob): boolean {
  const url = URL.createObjectURL(document)
  setTimeout(() => URL.revokeObjectURL(url), OPENING_MS)
  const opened = window.open(url)
  if (opened) opened.opener = null
  return opened !== null
}
