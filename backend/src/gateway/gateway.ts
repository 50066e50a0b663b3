/** Carries text terminals between pages (`lab-ssh.v1`) and lab hosts (SSH), and holds their shells. */
import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { LabError, type ProblemCode } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.js'
import type { GatewayLog } from './log.js'
import { type Login, login } from './login.js'
import type { LinkEvents } from './ports.js'
import { screenSize } from './screen.js'
import { HeldShell } from './shell.js'
import { HERE, type ShellPlaces, Shells } from './shells.js'
import { systemTimers, type Timers } from './timers.js'
import { Viewer, type ViewerHandlers } from './viewer.js'

export interface GatewayDeps {
  readonly events: LinkEvents
  readonly log: GatewayLog
  readonly timers?: Timers
  readonly limits?: Partial<GatewayLimits>
  readonly login?: Login
  readonly places?: ShellPlaces
}

/** What became of one page. */
interface Link {
  readonly id: string
  shell?: HeldShell
}

export class Gateway {
  readonly #events: LinkEvents
  readonly #log: GatewayLog
  readonly #timers: Timers
  readonly #limits: GatewayLimits
  readonly #shells: Shells
  readonly #links = new Map<Viewer, Link>()
  readonly #sockets = new Set<WebSocket>()
  #closing = false

  constructor(deps: GatewayDeps) {
    this.#events = deps.events
    this.#log = deps.log
    this.#timers = deps.timers ?? systemTimers
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits }
    const create = (size: TerminalSize) => this.#create(size, deps.login ?? login)
    this.#shells = new Shells({ places: deps.places ?? HERE, create })
  }

  /** Pages that are connected. */
  get viewers(): number {
    return this.#links.size
  }

  /** Shells that are held. */
  get shells(): number {
    return this.#shells.count
  }

  /** Takes over the WebSocket of a redeemed ticket. Listens at once, before anything is awaited. */
  accept(socket: WebSocket, claims: TicketClaims): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const viewer = new Viewer(socket, claims, { limits: this.#limits, timers: this.#timers, handlers: this.#handlers })
    const link: Link = { id: randomUUID() }
    this.#links.set(viewer, link)
    this.#events.opened(claims, link.id)
    if (this.#closing) viewer.fail(new LabError('server/stopping'))
  }

  /** Whether this replica has a page or a shell of the lab. */
  holds(labId: string): boolean {
    return this.#shells.of(labId).length > 0 || [...this.#links.keys()].some(({ claims }) => claims.labId === labId)
  }

  /** The lab is being suspended: pages are told `lab/paused`, shells are kept for its return. */
  labPaused(labId: string): void {
    for (const shell of this.#shells.of(labId)) shell.paused()
    this.#dismiss(labId, 'lab/paused')
  }

  /** The lab is deleted or reset: pages are told `lab/removed`, nothing of its shells is left. */
  labGone(labId: string): void {
    this.#shells.remove(labId, 'lab/removed')
    this.#dismiss(labId, 'lab/removed')
  }

  /** Tells every page `server/stopping` and ends every connection. Resolves when the WebSockets are closed. */
  async close(): Promise<void> {
    this.#closing = true
    this.#shells.clear('server/stopping')
    for (const viewer of [...this.#links.keys()]) viewer.fail(new LabError('server/stopping'))
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  }

  readonly #handlers: ViewerHandlers = {
    attach: (viewer, have) => {
      this.#attach(viewer, have).catch((error: unknown) => {
        this.#log.warn({ lab: viewer.claims.labId, err: error }, 'no shell for a page')
        viewer.fail(error instanceof LabError ? error : new LabError('server/internal', { cause: error }))
      })
    },
    resize: (viewer) => this.#shellOf(viewer)?.resize(viewer),
    input: (viewer, bytes) => {
      if (viewer.readOnly) return
      this.#events.input(viewer.claims)
      this.#shellOf(viewer)?.input(viewer, bytes)
    },
    ready: (viewer) => this.#shellOf(viewer)?.pump(viewer),
    newShell: (viewer) => this.#shellOf(viewer)?.newShell(viewer),
    closed: (viewer, lastSeen) => this.#closed(viewer, lastSeen),
  }

  async #attach(viewer: Viewer, have: { stream: string; seq: number } | undefined): Promise<void> {
    const shell = await this.#shells.obtain(viewer.claims, screenSize(viewer.size))
    const link = this.#links.get(viewer)
    if (link) {
      link.shell = shell
      await shell.attach(viewer, have)
    }
    this.#shells.prune(viewer.claims)
  }

  #closed(viewer: Viewer, lastSeen: Date): void {
    const link = this.#links.get(viewer)
    if (!link) return
    this.#links.delete(viewer)
    link.shell?.leave(viewer)
    this.#shells.prune(viewer.claims)
    this.#events.closed(viewer.claims, link.id, lastSeen)
  }

  #shellOf(viewer: Viewer): HeldShell | undefined {
    return this.#links.get(viewer)?.shell
  }

  /** Pages that are not on a shell yet. */
  #dismiss(labId: string, code: ProblemCode): void {
    for (const viewer of [...this.#links.keys()]) {
      if (viewer.claims.labId === labId) viewer.fail(new LabError(code))
    }
  }

  #create(size: TerminalSize, withLogin: Login): HeldShell {
    const target = (claims: TicketClaims) => this.#events.target(claims)
    const deps = { target, login: withLogin, limits: this.#limits, timers: this.#timers, log: this.#log }
    return new HeldShell({ ...deps, stream: randomUUID() }, size)
  }
}
