/** Carries desktops and other terminals of guacd to pages (subprotocol `guacamole`), and holds their connections. */
import type { WebSocket } from 'ws'
import { LabError, type ProblemCode } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { GatewayLog } from '../log.js'
import { type Cancel, systemTimers, type Timers } from '../timers.js'
import { Browser, type BrowserHandlers, type Wire } from './browser.js'
import { Desk } from './desk.js'
import { DEFAULT_DESK_LIMITS, type DeskLimits } from './limits.js'
import { GuacdPool } from './pool.js'
import type { DeskEvents, DeskPlaces, GuacdAddress } from './ports.js'
import type { Recordings } from './recordings.js'
import type { ScreenInfo } from './screen.js'

export interface DeskGatewayDeps {
  readonly guacd: readonly GuacdAddress[]
  readonly events: DeskEvents
  readonly places: DeskPlaces
  readonly log: GatewayLog
  readonly recordings: Recordings
  readonly timers?: Timers
  readonly limits?: Partial<DeskLimits>
}

/** What files need of a tunnel. */
export type DeskTunnel = Pick<Browser, 'claims' | 'transfers'>

export class DeskGateway {
  readonly pool: GuacdPool
  readonly #deps: DeskGatewayDeps
  readonly #timers: Timers
  readonly #limits: DeskLimits
  /** Lab → terminal → desk. */
  readonly #labs = new Map<string, Map<string, Desk>>()
  readonly #tunnels = new Map<string, Browser>()
  readonly #sockets = new Set<WebSocket>()
  readonly #stop: Cancel
  #closing = false

  constructor(deps: DeskGatewayDeps) {
    this.#deps = deps
    this.#timers = deps.timers ?? systemTimers
    this.#limits = { ...DEFAULT_DESK_LIMITS, ...deps.limits }
    this.pool = new GuacdPool(deps.guacd, this.#timers)
    this.#stop = this.#timers.every(this.#limits.checkEvery, () => this.#check())
  }

  /** Pages that are connected. */
  get viewers(): number {
    return this.#tunnels.size
  }

  /** Connections that are held. */
  get desks(): number {
    let count = 0
    for (const desks of this.#labs.values()) count += desks.size
    return count
  }

  /** Takes over the WebSocket of a redeemed ticket, and its TCP socket. Listens at once, before anything is awaited. */
  accept(socket: WebSocket, claims: TicketClaims, screen: ScreenInfo, wire: Wire): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const browser = new Browser(socket, claims, screen, {
      limits: this.#limits,
      timers: this.#timers,
      handlers: this.#handlers,
      wire,
    })
    this.#tunnels.set(browser.tunnel, browser)
    this.#deps.events.opened(claims, browser.tunnel)
    if (this.#closing) browser.fail(new LabError('server/stopping'))
    else this.#desk(claims).attach(browser)
  }

  /** One page's tunnel by the name that the page was told. */
  tunnel(uuid: string): DeskTunnel | undefined {
    return this.#tunnels.get(uuid)
  }

  /** Whether something of this lab is here. */
  holds(labId: string): boolean {
    return this.#labs.has(labId)
  }

  /** The lab is being suspended: pages are told `lab/paused`, connections are kept for its return. */
  labPaused(labId: string): void {
    for (const desk of this.#labs.get(labId)?.values() ?? []) desk.paused()
  }

  /** The lab is deleted or reset: pages are told `lab/removed`, its connections end. */
  labGone(labId: string): void {
    this.#end(labId, 'lab/removed')
  }

  /** Tells every page `server/stopping` and ends every connection. Resolves when the WebSockets are closed. */
  async close(): Promise<void> {
    this.#closing = true
    for (const labId of [...this.#labs.keys()]) this.#end(labId, 'server/stopping')
    for (const browser of [...this.#tunnels.values()]) browser.fail(new LabError('server/stopping'))
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    this.#stop()
    await this.#deps.recordings.settled()
  }

  readonly #handlers: BrowserHandlers = {
    input: (browser, instruction, active) => {
      if (active) this.#deps.events.input(browser.claims)
      this.#deskOf(browser)?.input(browser, instruction)
    },
    drained: (browser) => this.#deskOf(browser)?.drained(browser),
    closed: (browser, lastSeen) => {
      this.#tunnels.delete(browser.tunnel)
      this.#deskOf(browser)?.leave(browser)
      this.#prune(browser.claims)
      this.#deps.events.closed(browser.claims, browser.tunnel, lastSeen)
    },
  }

  #desk({ labId, terminal }: TicketClaims): Desk {
    const desks = this.#labs.get(labId) ?? new Map<string, Desk>()
    this.#labs.set(labId, desks)
    const { events, places, log, recordings } = this.#deps
    const deps = { events, places, log, recordings, pool: this.pool, limits: this.#limits, timers: this.#timers }
    const desk = desks.get(terminal) ?? new Desk({ labId, terminal }, deps)
    desks.set(terminal, desk)
    return desk
  }

  #deskOf({ claims }: Browser): Desk | undefined {
    return this.#labs.get(claims.labId)?.get(claims.terminal)
  }

  /** Forgets a desk that has nothing to keep. */
  #prune({ labId, terminal }: TicketClaims): void {
    const desks = this.#labs.get(labId)
    if (!desks?.get(terminal)?.idle) return
    desks.delete(terminal)
    if (desks.size === 0) this.#labs.delete(labId)
  }

  #end(labId: string, code: ProblemCode): void {
    const desks = this.#labs.get(labId)
    this.#labs.delete(labId)
    for (const desk of desks?.values() ?? []) desk.dispose(new LabError(code))
  }

  /** guacd hears of every user, pages that do not answer are found, and desks that ended by themselves are forgotten. */
  #check(): void {
    const now = this.#timers.now()
    for (const browser of [...this.#tunnels.values()]) browser.check(now)
    for (const [labId, desks] of [...this.#labs]) {
      for (const [terminal, desk] of [...desks]) {
        desk.check(now)
        if (desk.idle) desks.delete(terminal)
      }
      if (desks.size === 0) this.#labs.delete(labId)
    }
  }
}
