/** What guacd tells of a folder: a JSON object of paths and their types. */
import { type InputStream, Status } from 'guacamole-common-js'
import type { FolderEntry } from '../display.js'

/** The type of a folder, and of what guacd tells of one. */
export const FOLDER_TYPE = 'application/vnd.glyptodon.guacamole.stream-index+json'
/** Bytes: some 40,000 files. */
const MOST_BYTES = 4 * 1024 * 1024

/** Calls back once: with what is in the folder, or where the lab says what cannot be read. */
export function readFolder(
  stream: InputStream,
  done: (entries: readonly FolderEntry[]) => void,
  failed: () => void,
): void {
  const decoder = new TextDecoder()
  let text = ''
  stream.onblob = (data) => {
    const bytes = bytesOf(data)
    if (bytes) text += decoder.decode(bytes, { stream: true })
    if (bytes && text.length <= MOST_BYTES) {
      stream.sendAck('OK', Status.Code.SUCCESS)
      return
    }
    stream.onblob = stream.onend = null
    stream.sendAck('Cancelled', Status.Code.RESOURCE_CLOSED)
    failed()
  }
  stream.onend = () => {
    const entries = entriesOf(text)
    if (entries) done(entries)
    else failed()
  }
  // guacd begins when it is told to.
  stream.sendAck('OK', Status.Code.SUCCESS)
}

/** Of base64; undefined where it is none. */
function bytesOf(data: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(data), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Folders first, each by its name; undefined where it is no such text. Pure. */
export function entriesOf(text: string): readonly FolderEntry[] | undefined {
  try {
    const told: unknown = JSON.parse(text)
    if (typeof told !== 'object' || told === null || Array.isArray(told)) return undefined
    return Object.entries(told)
      .map(([path, type]) => ({ name: path.slice(path.lastIndexOf('/') + 1), path, folder: type === FOLDER_TYPE }))
      .filter(({ name }) => name !== '' && name !== '.' && name !== '..')
      .sort((a, b) => Number(b.folder) - Number(a.folder) || byName.compare(a.name, b.name))
  } catch {
    return undefined
  }
}

const byName = new Intl.Collator(undefined, { numeric: true })
