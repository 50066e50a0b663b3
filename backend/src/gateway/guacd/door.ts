/** The way of a page to the connection of its desk: joins the one there is, on any replica, or opens one. */
import { LabError } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { GatewayLog } from '../log.js'
import type { Timers } from '../timers.js'
import type { Browser } from './browser.js'
import { GuacdError, isTrouble } from './errors.js'
import type { JoinOptions } from './join.js'
import type { DeskLimits } from './limits.js'
import { type GuacdPool, nameOf } from './pool.js'
import type { DeskEvents, DeskPlace, DeskPlaces, DeskTarget, GuacdAddress, KeptPlace } from './ports.js'
import { GuacdUser } from './user.js'

/** Others on the connection see it; a learner's name is not theirs to see. */
const USER_NAME = 'page'
/** Two replicas may take turns in being first; after that something else is wrong. */
const TRIES = 3

export interface DoorDeps {
  readonly events: Pick<DeskEvents, 'desk'>
  readonly places: DeskPlaces
  readonly pool: GuacdPool
  readonly limits: DeskLimits
  readonly timers: Timers
  readonly log: GatewayLog
}

/** Somebody on the connection. */
export interface Entered {
  readonly user: GuacdUser
  readonly target: DeskTarget
  /** Opened it. */
  readonly owner: boolean
}

/** A connection that is here already. */
export interface Here {
  readonly place: DeskPlace
  readonly target: DeskTarget
}

export class Door {
  readonly #claims: Pick<TicketClaims, 'labId' | 'terminal'>
  readonly #deps: DoorDeps

  constructor(claims: Pick<TicketClaims, 'labId' | 'terminal'>, deps: DoorDeps) {
    this.#claims = claims
    this.#deps = deps
  }

  async enter(browser: Browser, here: Here | undefined): Promise<Entered> {
    const { events, places } = this.#deps
    const { labId, terminal } = this.#claims
    let target = here?.target ?? (await events.desk(browser.claims))
    let elsewhere = here ? undefined : await places.find(labId, terminal)
    let place = here?.place ?? elsewhere
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (elsewhere) await this.#begun(elsewhere)
      const joined = place && (await this.#join(place, target, browser))
      if (joined) return { user: joined, target, owner: false }
      if (place && place === here?.place) target = await events.desk(browser.claims)
      const opened = await this.#open(target, browser)
      const mine = placeOf(opened)
      const kept = await places.keep(labId, terminal, mine, place)
      if (kept.connection === mine.connection) return { user: opened, target, owner: true }
      opened.leave()
      place = elsewhere = kept
    }
    throw new LabError('link/desktop-unavailable', { message: 'guacd: no connection stays' })
  }

  /** Pages of other replicas may still be there: they would be joined no more, which costs them nothing. */
  forget(place: DeskPlace): void {
    const { labId, terminal } = this.#claims
    this.#deps.places.forget(labId, terminal, place).catch((error: unknown) => {
      this.#deps.log.warn({ lab: labId, terminal, err: error }, 'the place of a desk is not forgotten')
    })
  }

  /** What guacd is asked for a page. `select`: a protocol, or the id of a connection. */
  greeting(address: GuacdAddress, select: string, target: DeskTarget, { claims, screen }: Browser): JoinOptions {
    const { limits, timers } = this.#deps
    const { readOnly } = claims
    return { address, select, parameters: target.parameters, screen, readOnly, name: USER_NAME, limits, timers }
  }

  /** Another replica opened it: its first picture is not seen from here, so it is given its time. */
  async #begun({ age }: KeptPlace): Promise<void> {
    const { limits, timers } = this.#deps
    const rest = limits.beginning - age
    if (rest > 0) await new Promise<void>((resolve) => timers.after(rest, resolve))
  }

  /** Undefined where there is no such connection any more. */
  async #join(place: DeskPlace, target: DeskTarget, browser: Browser): Promise<GuacdUser | undefined> {
    const address = this.#deps.pool.byName(place.guacd)
    if (!address) return undefined
    try {
      return await GuacdUser.join(this.greeting(address, place.connection, target, browser))
    } catch (error) {
      if (error instanceof GuacdError) return undefined
      throw error
    }
  }

  /** A new connection, by the first guacd that makes one. */
  async #open(target: DeskTarget, browser: Browser): Promise<GuacdUser> {
    const { pool, log } = this.#deps
    for (const address of pool.candidates()) {
      try {
        return await GuacdUser.join(this.greeting(address, target.protocol, target, browser))
      } catch (error) {
        if (!isTrouble(error)) throw error
        pool.failed(address)
        log.warn({ guacd: nameOf(address), err: error }, 'a guacd does not serve')
      }
    }
    throw new LabError('link/desktop-unavailable', { message: 'no guacd serves' })
  }
}

export function placeOf({ address, connection }: GuacdUser): DeskPlace {
  return { guacd: nameOf(address), connection }
}
