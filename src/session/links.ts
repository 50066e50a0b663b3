/** Runs the links of the terminal: a ticket and the display for each, one at a time, thrown away when it ends. */
import type { Display, DisplayEvent } from '../display/display.js'
import { orAborted } from '../display/or-aborted.js'
import { LabError, type Problem } from '../wire/problems.js'
import type { TerminalInfo, Ticket } from '../wire/schema.js'

export interface LinkDeps {
  ticket(terminal: string, signal: AbortSignal): Promise<Ticket>
  display(terminal: TerminalInfo): Promise<Display>
}

export interface LinkListener {
  ready(link: number, readOnly: boolean): void
  shell(link: number, shell: 'open' | 'ended'): void
  closed(link: number, problem: Problem): void
}

interface Current {
  readonly link: number
  readonly controller: AbortController
  /** `connect` was called: what the display tells is about this link. */
  connected: boolean
}

export class Links {
  readonly #deps: LinkDeps
  readonly #listener: LinkListener
  #current: Current | undefined

  constructor(deps: LinkDeps, listener: LinkListener) {
    this.#deps = deps
    this.#listener = listener
  }

  open(link: number, terminal: TerminalInfo): void {
    this.close()
    const current: Current = { link, controller: new AbortController(), connected: false }
    this.#current = current
    this.#connect(current, terminal).catch((error: unknown) => {
      if (this.#current === current) this.#end(current, problemOfError(error))
    })
  }

  /** Ends the link under way, silently. */
  close(link = this.#current?.link): void {
    const current = this.#current
    if (!current || current.link !== link) return
    this.#current = undefined
    current.controller.abort()
  }

  displayEvent(event: DisplayEvent): void {
    const current = this.#current
    if (!current?.connected) return
    switch (event.type) {
      case 'ready':
        this.#listener.ready(current.link, event.readOnly)
        break
      case 'closed':
        this.#end(current, event.problem)
        break
      case 'exited':
        this.#listener.shell(current.link, 'ended')
        break
      case 'opened':
        this.#listener.shell(current.link, 'open')
        break
      case 'input':
      case 'leave':
      case 'title':
      case 'bell':
      case 'latency':
      case 'quality':
      case 'recorded':
      case 'files':
      case 'transfer':
      case 'download':
      case 'text-size':
      case 'search':
      case 'found':
      case 'paste':
      case 'released':
      case 'keyboard':
      case 'shell-lost':
      case 'again':
        break
      default:
        event satisfies never
    }
  }

  async #connect(current: Current, terminal: TerminalInfo): Promise<void> {
    const { signal } = current.controller
    const [ticket, display] = await Promise.all([
      this.#deps.ticket(terminal.name, signal),
      orAborted(this.#display(terminal), signal),
    ])
    if (this.#current !== current) return
    current.connected = true
    display.connect(ticket, signal)
  }

  async #display(terminal: TerminalInfo): Promise<Display> {
    try {
      return await this.#deps.display(terminal)
    } catch (cause) {
      throw cause instanceof LabError ? cause : new LabError('link/display-failed', { cause })
    }
  }

  #end(current: Current, problem: Problem): void {
    this.#current = undefined
    // Frees a ticket request or a display that is still under way.
    if (!current.connected) current.controller.abort()
    this.#listener.closed(current.link, problem)
  }
}

/** The problem of anything thrown. */
export function problemOfError(error: unknown): Problem {
  return error instanceof LabError ? error.problem : new LabError('link/display-failed', { cause: error }).problem
}
