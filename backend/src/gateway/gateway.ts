/** Carries text terminals between pages (`lab-ssh.v1`) and lab hosts (SSH), and holds their shells. */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import { LabError, type ProblemCode } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import type { FileAnswer, FileRequest } from './files/request.js'
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.js'
import type { GatewayLog } from './log.js'
import { type Login, login } from './login.js'
import { askPeer } from './peers/files.js'
import { connectPeer, joinSockets } from './peers/link.js'
import { HERE, type Peer, type ShellPlaces } from './peers/places.js'
import type { LinkEvents } from './ports.js'
import { screenSize } from './screen.js'
import { HeldShell } from './shell.js'
import { Shells } from './shells.js'
import { systemTimers, type Timers } from './timers.js'
import { type Asked, refuse, Viewer, type ViewerHandlers } from './viewer.js'

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
  readonly #places: ShellPlaces
  readonly #shells: Shells
  readonly #links = new Map<Viewer, Link>()
  readonly #sockets = new Set<WebSocket>()
  /** Pages whose shell another replica holds. */
  readonly #relayed = new Set<WebSocket>()
  #closing = false

  constructor(deps: GatewayDeps) {
    this.#events = deps.events
    this.#log = deps.log
    this.#timers = deps.timers ?? systemTimers
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits }
    const create = (size: TerminalSize) => this.#create(size, deps.login ?? login)
    this.#places = deps.places ?? HERE
    const failed = (error: unknown) => this.#log.warn({ err: error }, 'the place of a shell is not given up')
    this.#shells = new Shells({ places: this.#places, create, failed })
  }

  /** Pages that are connected. */
  get viewers(): number {
    return this.#links.size
  }

  /** Shells that are held. */
  get shells(): number {
    return this.#shells.count
  }

  /**
   * Takes over the WebSocket of a redeemed ticket, and leads it to the replica that holds the shell. Nothing is read
   * from it before it is there; nothing that came early is lost.
   */
  accept(socket: WebSocket, claims: TicketClaims): void {
    socket.pause()
    this.#track(socket)
    this.#lead(socket, claims).catch((error: unknown) => {
      this.#log.warn({ lab: claims.labId, err: error }, 'no way to a shell')
      refuse(socket, error instanceof LabError ? error : new LabError('server/internal', { cause: error }))
    })
  }

  /** A page whose shell is on this replica, or will be: from the front, or from another replica. */
  serve(socket: WebSocket, claims: TicketClaims): void {
    this.#track(socket)
    const viewer = new Viewer(socket, claims, { limits: this.#limits, timers: this.#timers, handlers: this.#handlers })
    const link: Link = { id: randomUUID() }
    this.#links.set(viewer, link)
    this.#events.opened(claims, link.id)
    socket.resume()
    if (this.#closing) viewer.fail(new LabError('server/stopping'))
  }

  /**
   * Files of a terminal's host, over the connection of its shell, wherever that is held. Throws `LabError`;
   * `lab/not-running` where there is no connection.
   */
  async files(claims: TicketClaims, request: FileRequest, body: Readable): Promise<FileAnswer> {
    const here = this.#shells.find(claims)?.files
    if (here) return await this.filesHere(claims, request, body)
    const place = await this.#places.find(claims.labId, claims.terminal)
    if (place === undefined || place === 'here') throw new LabError('lab/not-running')
    return await askPeer(place, claims, request, body)
  }

  /** Of a shell that this replica holds. */
  async filesHere(claims: TicketClaims, request: FileRequest, body: Readable): Promise<FileAnswer> {
    const files = this.#shells.find(claims)?.files
    if (!files) throw new LabError('lab/not-running')
    return await files.do(request, body, () => this.#events.input(claims))
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

  /**
   * Ends in good order: others may hold the shells from now on, so that a page that is told `server/stopping` and comes
   * back at once finds a new one. Resolves when the WebSockets are closed.
   */
  async close(): Promise<void> {
    this.#closing = true
    await this.#places.leave().catch((error: unknown) => this.#log.warn({ err: error }, 'shells are not handed over'))
    this.#shells.clear('server/stopping')
    for (const viewer of [...this.#links.keys()]) viewer.fail(new LabError('server/stopping'))
    for (const socket of this.#relayed) refuse(socket, new LabError('server/stopping'))
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  }

  #track(socket: WebSocket): void {
    if (this.#sockets.has(socket)) return
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  async #lead(socket: WebSocket, claims: TicketClaims): Promise<void> {
    const { labId, terminal } = claims
    const place = this.#closing ? undefined : await this.#places.claim(labId, terminal)
    if (place === 'here') return this.serve(socket, claims)
    if (this.#closing) throw new LabError('server/stopping')
    if (!place) throw new LabError('server/unreachable', { message: 'another replica holds this shell' })
    this.#shells.lost(claims)
    await this.#relay(socket, place, claims)
  }

  async #relay(socket: WebSocket, place: Peer, claims: TicketClaims): Promise<void> {
    const peer = await connectPeer(place, claims)
    if (peer === 'silent') throw new LabError('server/unreachable', { message: 'another replica does not answer' })
    if (peer !== 'gone') {
      this.#relayed.add(socket)
      socket.once('close', () => this.#relayed.delete(socket))
      joinSockets(socket, peer, new LabError('link/lost'))
      return
    }
    const { labId, terminal } = claims
    this.#log.info({ lab: labId, terminal, replica: place.replica }, 'the replica of a shell is gone')
    if ((await this.#places.claim(labId, terminal, place.replica)) !== 'here') throw new LabError('link/lost')
    this.serve(socket, claims)
  }

  readonly #handlers: ViewerHandlers = {
    attach: (viewer, asked) => {
      this.#attach(viewer, asked).catch((error: unknown) => {
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
    ready: (viewer) => this.#shellOf(viewer)?.ready(viewer),
    newShell: (viewer) => this.#shellOf(viewer)?.newShell(viewer),
    closed: (viewer, lastSeen) => this.#closed(viewer, lastSeen),
  }

  async #attach(viewer: Viewer, asked: Asked): Promise<void> {
    const shell = await this.#shells.obtain(viewer.claims, screenSize(viewer.size))
    const link = this.#links.get(viewer)
    if (link) {
      link.shell = shell
      await shell.attach(viewer, asked)
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
