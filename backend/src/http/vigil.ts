import type { BaseLogger } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import { labFor } from '../auth/access.js'
import type { Sessions } from '../auth/sessions.js'
import type { Config } from '../config/config.js'

/** How often open connections are looked at, in milliseconds. */
const EVERY_MS = 30_000

/** An open stream or tunnel, by whose right it is open. */
export interface WatchedLink {
  /** Names the page, and with it its session. */
  readonly page: string
  readonly lab: string
}

type End = (error: LabError) => void

/**
 * Asks again, while connections live, whether they still may: a session ends, an enrolment ends, a lab gets another
 * course. Being connected is a use of the session.
 */
export class Vigil {
  readonly #sessions: Pick<Sessions, 'useOf'>
  readonly #config: Pick<Config, 'labs' | 'trust'>
  readonly #log: BaseLogger
  readonly #links = new Map<string, Map<End, string>>()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined

  constructor(deps: { sessions: Pick<Sessions, 'useOf'>; config: Pick<Config, 'labs' | 'trust'>; log: BaseLogger }) {
    this.#sessions = deps.sessions
    this.#config = deps.config
    this.#log = deps.log
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#round ??= this.look().finally(() => {
        this.#round = undefined
      })
    }, EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** `end` is called once the right is gone, with why; the answer forgets the link. */
  watch({ page, lab }: WatchedLink, end: End): () => void {
    const links = this.#links.get(page) ?? new Map<End, string>()
    this.#links.set(page, links.set(end, lab))
    return () => {
      links.delete(end)
      if (links.size === 0 && this.#links.get(page) === links) this.#links.delete(page)
    }
  }

  /** One look at everything that is open. */
  async look(): Promise<void> {
    for (const page of [...this.#links.keys()]) await this.lookAt(page)
  }

  /** … and at what one page has open here. */
  async lookAt(page: string): Promise<void> {
    const links = this.#links.get(page)
    if (links === undefined) return
    try {
      const principal = await this.#sessions.useOf(page)
      for (const [end, lab] of [...links]) this.#judge(end, () => labFor(principal, lab, this.#config))
    } catch (error) {
      for (const end of [...links.keys()]) this.#judge(end, () => fail(error))
    }
  }

  #judge(end: End, test: () => unknown): void {
    try {
      test()
    } catch (error) {
      // A database that does not answer says nothing about anybody's rights.
      if (error instanceof LabError) end(error)
      else this.#log.error({ err: error }, 'the right of a connection could not be looked at')
    }
  }
}

function fail(error: unknown): never {
  throw error
}
