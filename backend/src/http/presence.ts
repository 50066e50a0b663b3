import type { BaseLogger } from 'pino'
import type { Labs } from '../labs/labs.js'

/** Which pages are there, on this replica: their links, and the way to end those of a page that is found gone. */
export class Presence {
  readonly #labs: Pick<Labs, 'linkOpened' | 'linkClosed'>
  readonly #log: BaseLogger
  readonly #streams = new Map<string, Set<(lastSeen: Date | undefined) => void>>()
  /** What is written for a link is written in the order it happened. */
  readonly #writes = new Map<string, Promise<void>>()

  constructor(deps: { labs: Pick<Labs, 'linkOpened' | 'linkClosed'>; log: BaseLogger }) {
    this.#labs = deps.labs
    this.#log = deps.log
  }

  opened(labId: string, link: string): void {
    this.#write(link, () => this.#labs.linkOpened(labId, link))
  }

  closed(labId: string, link: string, lastSeen: Date): void {
    this.#write(link, () => this.#labs.linkClosed(labId, link, lastSeen))
  }

  /** Registers a stream of a page, with the way to end it; returns the way to forget it. */
  stream(page: string, end: (lastSeen: Date | undefined) => void): () => void {
    const streams = this.#streams.get(page) ?? new Set()
    this.#streams.set(page, streams.add(end))
    return () => {
      streams.delete(end)
      if (streams.size === 0) this.#streams.delete(page)
    }
  }

  /**
   * The page stopped answering, though its sockets are open (a sleeping laptop): its streams end as well, since
   * nothing else would tell that nobody reads them.
   */
  pageGone(page: string, lastSeen: Date): void {
    for (const end of this.#streams.get(page) ?? []) end(lastSeen)
  }

  /** The service stops: every stream ends. */
  endAll(): void {
    for (const streams of [...this.#streams.values()]) for (const end of streams) end(undefined)
  }

  /** Resolves when everything noted so far is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes.values())
  }

  #write(link: string, write: () => Promise<void>): void {
    const queued = (this.#writes.get(link) ?? Promise.resolve())
      .then(write)
      .catch((error: unknown) => this.#log.error({ link, err: error }, 'link not noted'))
      .finally(() => {
        if (this.#writes.get(link) === queued) this.#writes.delete(link)
      })
    this.#writes.set(link, queued)
  }
}
