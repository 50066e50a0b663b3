/** Files between the page and the lab: announced in the tunnel, carried over HTTP. */
import { type Client, type Object as FileSystem, type InputStream, Status } from 'guacamole-common-js'
import { LabError, problemOf } from '../../wire/problems.js'
import { PATHS } from '../../wire/protocol.js'
import type { DisplayEvent, FileDoor, FolderEntry, Transfer } from '../display.js'
import type { PulsePorts } from '../pulse.js'
import { FOLDER_TYPE, readFolder } from './folder.js'
import { isPrinted, printedDocument } from './printed.js'

/** guacd says nothing of a file that is not there: after so long (ms) it will not come. */
const BODY_MS = 10_000
/** How long (ms) the browser has to take over a file that is whole. */
const SAVING_MS = 60_000
const UNKNOWN_TYPE = 'application/octet-stream'
/** Longest name of a file that the gateway takes. */
const MAX_NAME = 200

export interface FilesOptions {
  readonly ports: PulsePorts
  readonly door: FileDoor
  readonly notify: (event: Extract<DisplayEvent, { type: 'files' | 'transfer' }>) => void
  /** Lets the browser save what is at an address; what it answers ends that. */
  readonly save: (url: string) => () => void
}

/** The part of a link that carries files. */
export interface FileLink {
  readonly client: Client
  readonly uuid: string | null
  /** The gateway ended the stream; its number can be used again. */
  free(index: number): void
}

interface Begun {
  readonly id: number
  readonly name: string
  readonly controller: AbortController
}

export class LabFiles {
  readonly #options: FilesOptions
  readonly #under = new Map<number, AbortController>()
  #fileSystem: FileSystem | undefined
  /** What the server lets through; it says so before the lab shows its files. */
  #ways = { upload: true, download: true }
  #last = 0

  constructor(options: FilesOptions) {
    this.#options = options
  }

  /** Listens to what the lab has and offers. Comes before anything is received. */
  attach(client: Client, link: () => FileLink | undefined): void {
    // The lab has a place for files only where its configuration lets files through.
    client.onfilesystem = (fileSystem) => {
      this.#fileSystem = fileSystem
      this.#options.notify({ type: 'files', ...this.#ways })
    }
    client.onfile = (stream, type, name) => {
      if (isPrinted(type)) void this.#print(stream, name, link())
      else void this.#save(stream, this.#begin(name), link())
    }
  }

  /** `to-lab`, `from-lab` or both, by the configuration. */
  allow(crossing: string): void {
    this.#ways = { upload: crossing !== 'from-lab', download: crossing !== 'to-lab' }
  }

  upload(link: FileLink, file: File): void {
    const name = file.name.slice(-MAX_NAME)
    const transfer = this.#begin(name)
    const stream = link.client.createFileStream(file.type || UNKNOWN_TYPE, name)
    const { signal } = transfer.controller
    let carried = false
    const end = (state: Transfer['state'], error?: unknown) => {
      if (!this.#under.delete(transfer.id)) return
      this.#tell(transfer, state, 1, state === 'failed' ? problem(error) : undefined)
      // Once it is carried, the gateway ends it.
      if (carried) link.free(stream.index)
      else stream.sendEnd()
    }
    signal.addEventListener('abort', () => end('cancelled'))
    stream.onack = (status: Status) => {
      stream.onack = null
      if (status.isError()) end('failed', new LabError('link/file-failed'))
      else {
        carried = true
        const progress = (share: number) => this.#tell(transfer, 'going', share)
        const path = PATHS.stream(link.uuid ?? '', stream.index, name)
        this.#options.door.upload(path, file, { progress, signal }).then(
          () => end('done'),
          (error: unknown) => end('failed', error),
        )
      }
    }
  }

  /** Asks the lab for a file by its path. */
  download(link: FileLink, path: string): void {
    if (!this.#fileSystem) return
    const { ports } = this.#options
    const transfer = this.#begin(path.slice(path.lastIndexOf('/') + 1) || path)
    const fail = () => {
      if (this.#under.delete(transfer.id)) this.#tell(transfer, 'failed', 1, problem())
    }
    const timer = ports.setTimeout(fail, BODY_MS)
    const { signal } = transfer.controller
    signal.addEventListener('abort', () => {
      ports.clearTimeout(timer)
      if (this.#under.delete(transfer.id)) this.#tell(transfer, 'cancelled', 1)
    })
    this.#fileSystem.requestInputStream(path, (stream, type) => {
      ports.clearTimeout(timer)
      if (type !== FOLDER_TYPE && this.#under.has(transfer.id)) void this.#save(stream, transfer, link)
      else {
        stream.sendAck('Cancelled', Status.Code.RESOURCE_CLOSED)
        fail()
      }
    })
  }

  /** What is in a folder of the lab. guacd says nothing of one that is not there. */
  list(path: string): Promise<readonly FolderEntry[]> {
    const { ports } = this.#options
    return new Promise((resolve, reject) => {
      const fail = () => reject(new LabError('link/file-failed'))
      if (!this.#fileSystem) return fail()
      const timer = ports.setTimeout(fail, BODY_MS)
      this.#fileSystem.requestInputStream(path, (stream, type) => {
        ports.clearTimeout(timer)
        if (type === FOLDER_TYPE) readFolder(stream, resolve, fail)
        else {
          stream.sendAck('Cancelled', Status.Code.RESOURCE_CLOSED)
          fail()
        }
      })
    })
  }

  cancel(id: number): void {
    this.#under.get(id)?.abort()
  }

  /** The link is gone, and what was under way with it. */
  stop(): void {
    this.#fileSystem = undefined
    for (const controller of [...this.#under.values()]) controller.abort()
  }

  /** The browser saves it, shows how far it is, and can cancel it. */
  async #save(stream: InputStream, transfer: Begun, link: FileLink | undefined): Promise<void> {
    const path = PATHS.stream(link?.uuid ?? '', stream.index, transfer.name.slice(-MAX_NAME) || 'file')
    try {
      const end = this.#options.save(await this.#options.door.link(path, transfer.controller.signal))
      transfer.controller.signal.addEventListener('abort', end)
      stream.onend = () => {
        this.#under.delete(transfer.id)
        // The end of a small file overtakes the answer that brings it: without its frame there would be none.
        this.#options.ports.setTimeout(end, SAVING_MS)
      }
      this.#tell(transfer, 'saving', 1)
    } catch (error) {
      if (!this.#under.delete(transfer.id)) return
      stream.sendAck('Cancelled', Status.Code.RESOURCE_CLOSED)
      if (transfer.controller.signal.aborted) this.#tell(transfer, 'cancelled', 1)
      else this.#tell(transfer, 'failed', 1, problem(error))
    }
  }

  /**
   * Taken at once and kept for the person: a desktop stands still while what it prints is not taken, and a browser opens
   * a document only when it is asked to.
   */
  async #print(stream: InputStream, name: string, link: FileLink | undefined): Promise<void> {
    const transfer = this.#begin(name, 'printing')
    const path = PATHS.stream(link?.uuid ?? '', stream.index, name.slice(-MAX_NAME) || 'file')
    const { signal } = transfer.controller
    signal.addEventListener('abort', () => {
      if (this.#under.delete(transfer.id)) this.#tell(transfer, 'cancelled', 1)
    })
    try {
      const document = await printedDocument(await this.#options.door.open(path, { method: 'GET', signal }))
      if (this.#under.delete(transfer.id)) this.#tell(transfer, 'printed', 1, { document })
    } catch (error) {
      if (this.#under.delete(transfer.id)) this.#tell(transfer, 'failed', 1, problem(error))
      transfer.controller.abort()
    }
  }

  #begin(name: string, state: Transfer['state'] = 'going'): Begun {
    const transfer = { id: ++this.#last, name, controller: new AbortController() }
    this.#under.set(transfer.id, transfer.controller)
    this.#tell(transfer, state, 0)
    return transfer
  }

  #tell(
    { id, name }: Begun,
    state: Transfer['state'],
    share: number,
    more?: Pick<Transfer, 'problem' | 'document'>,
  ): void {
    this.#options.notify({ type: 'transfer', transfer: { id, name, state, share, ...more } })
  }
}

function problem(error?: unknown): Pick<Transfer, 'problem'> {
  return { problem: error instanceof LabError ? error.problem : problemOf('link/file-failed') }
}

/** Within a frame, so that an answer that is no file does not replace the page. Answers how to take the frame away. */
export function saveByBrowser(url: string): () => void {
  const frame = document.createElement('iframe')
  Object.assign(frame, { src: url, hidden: true })
  document.body.append(frame)
  return () => frame.remove()
}
