/**
 * One desk: the connection of one terminal of one lab, held by guacd, and the pages at it. It outlives its pages: while
 * none is there a seat is kept free, and whoever comes joins. On other replicas it is the same connection.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { GatewayLog } from '../log.js'
import type { Cancel, Timers } from '../timers.js'
import type { Browser } from './browser.js'
import type { Instruction } from './instruction.js'
import type { DeskLimits } from './limits.js'
import { type GuacdPool, nameOf } from './pool.js'
import type { DeskEvents, DeskPlace, DeskPlaces, DeskTarget, GuacdAddress } from './ports.js'
import { Recorder } from './recorder.js'
import type { Recordings } from './recordings.js'
import { Relay } from './relay.js'
import { Seat, type SeatEvents } from './seat.js'
import { GuacdError, GuacdUser } from './user.js'

/** Others on the connection see it; a learner's name is not theirs to see. */
const USER_NAME = 'page'
const RECORDER_NAME = 'recorder'
/** Two replicas may take turns in being first; after that something else is wrong. */
const TRIES = 3

export interface DeskDeps {
  readonly events: DeskEvents
  readonly places: DeskPlaces
  readonly recordings: Recordings
  readonly pool: GuacdPool
  readonly limits: DeskLimits
  readonly timers: Timers
  readonly log: GatewayLog
}

export class Desk implements SeatEvents {
  readonly #deps: DeskDeps
  readonly #claims: Pick<TicketClaims, 'labId' | 'terminal'>
  readonly #seats = new Set<Seat>()
  /** Pages on their way, also those that have gone meanwhile: what is opened for them must be closed. */
  readonly #waiting = new Set<Browser>()
  /** One comes after the other, so that the second joins what the first opened. */
  #queue: Promise<void> = Promise.resolve()
  /** Since guacd showed a file. */
  #relay: Relay | undefined
  /** Where somebody did something last: files go there. */
  #leader: Seat | undefined
  #target: DeskTarget | undefined
  #recorder: Recorder | undefined
  #hold: Cancel | undefined
  #gone = false

  constructor(claims: Pick<TicketClaims, 'labId' | 'terminal'>, deps: DeskDeps) {
    this.#claims = claims
    this.#deps = deps
  }

  /** Nothing to keep. */
  get idle(): boolean {
    return this.#seats.size === 0 && this.#waiting.size === 0
  }

  get seats(): number {
    return this.#seats.size
  }

  /** Brings a page to the desk; the page is told where that fails. */
  attach(browser: Browser): void {
    this.#waiting.add(browser)
    this.#queue = this.#queue
      .then(() => this.#bring(browser))
      .catch((error: unknown) => this.#refuse(browser, error))
      .finally(() => this.#waiting.delete(browser))
  }

  input(browser: Browser, instruction: Instruction): void {
    const seat = this.#seatOf(browser)
    if (!seat) return
    this.#leader = seat
    this.#recorder?.input(instruction)
    const owner = seat.owner ? undefined : this.#freeOwner
    const translated = owner && this.#relay?.translate(seat, instruction)
    if (owner && translated) owner.input(translated)
    else seat.input(instruction)
  }

  drained(browser: Browser): void {
    this.#seatOf(browser)?.regulate()
  }

  /** The page is gone; its seat is kept if it is the last one. */
  leave(browser: Browser): void {
    const seat = this.#seatOf(browser)
    if (!seat) return
    this.#relay?.gone(seat, this.#freeOwner)
    seat.vacate()
    this.#tidy()
    if (seat === this.#freeOwner) for (const other of this.#occupied) this.#relay?.welcome(other)
    for (const other of this.#seats) other.regulate()
  }

  /** The lab goes to sleep: pages are told, one seat is kept, and nothing is sent to the host. */
  paused(): void {
    this.#dismiss(new LabError('lab/paused'))
  }

  /** Ends the connection; the pages are told why. */
  dispose(error: LabError): void {
    this.#gone = true
    this.#dismiss(error)
    this.#end()
  }

  check(now: number): void {
    for (const seat of [...this.#seats]) seat.check(now)
    this.#recorder?.check()
  }

  async #bring(browser: Browser): Promise<void> {
    const { events, limits } = this.#deps
    await events.awake(browser.claims)
    if (this.#occupied.length >= limits.viewers) throw new LabError('request/too-many')
    if (!browser.open || this.#gone) return
    const seat = await this.#seatFor(browser)
    this.#seats.add(seat)
    this.#deps.pool.joined(seat.user.address)
    this.#hold?.()
    this.#hold = undefined
    try {
      await this.#record(seat, browser)
    } catch (error) {
      this.#release(seat)
      throw error
    }
    // The lab may have gone meanwhile, and its seats with it.
    if (!this.#seats.has(seat)) throw new LabError('link/desktop-unavailable')
    seat.give(browser)
    if (this.#freeOwner) this.#relay?.welcome(seat)
    // While guacd was asked the page may have gone, or the lab.
    if (this.#gone) this.#end()
    else if (!browser.open) this.leave(browser)
    for (const other of this.#seats) other.regulate()
  }

  /** Joins the connection that there is, here or on another replica, or opens one. */
  async #seatFor(browser: Browser): Promise<Seat> {
    const { events, places } = this.#deps
    const { labId, terminal } = this.#claims
    const here = this.#placeHere()
    let target = (here && this.#target) ?? (await events.desk(browser.claims))
    let place = here ?? (await places.find(labId, terminal))
    for (let attempt = 0; attempt < TRIES; attempt++) {
      this.#target = target
      const joined = place && (await this.#join(place, target, browser))
      if (joined) return this.#seat(joined, target, false)
      if (place && place === here) target = await events.desk(browser.claims)
      const opened = await this.#open(target, browser)
      const mine = placeOf(opened)
      const kept = await places.keep(labId, terminal, mine, place)
      if (kept.connection === mine.connection) return this.#seat(opened, target, true)
      opened.leave()
      place = kept
    }
    throw new LabError('link/desktop-unavailable', { message: 'guacd: no connection stays' })
  }

  /** Undefined where there is no such connection any more. */
  async #join(place: DeskPlace, target: DeskTarget, browser: Browser): Promise<GuacdUser | undefined> {
    const address = this.#deps.pool.byName(place.guacd)
    if (!address) return undefined
    try {
      return await GuacdUser.join(this.#greeting(address, place.connection, target, browser))
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
        return await GuacdUser.join(this.#greeting(address, target.protocol, target, browser))
      } catch (error) {
        if (!isTrouble(error)) throw error
        pool.failed(address)
        log.warn({ guacd: nameOf(address), err: error }, 'a guacd does not serve')
      }
    }
    throw new LabError('link/desktop-unavailable', { message: 'no guacd serves' })
  }

  /** Where the configuration asks for it, and none is under way: nobody is let in unrecorded. */
  async #record(seat: Seat, browser: Browser): Promise<void> {
    const target = this.#target
    if (!target?.recording || this.#recorder) return
    const { recordings, timers } = this.#deps
    const recorder = new Recorder(await recordings.begin(target.recording, browser.claims), timers)
    if (!this.#seats.has(seat)) return recorder.stop()
    this.#recorder = recorder
  }

  /** Once something is drawn: guacd 1.3 loses a connection that is joined while it still begins. */
  #startRecorder({ user: { address, connection }, browser }: Seat): void {
    const recorder = this.#recorder
    const target = this.#target
    if (!recorder || recorder.begun || !browser || !target) return
    recorder.begun = true
    const greeting = this.#greeting(address, connection, target, browser)
    GuacdUser.join({ ...greeting, readOnly: true, name: RECORDER_NAME }).then(
      (user) => recorder.start(user),
      (error: unknown) => {
        const { labId, terminal } = this.#claims
        this.#deps.log.warn({ lab: labId, terminal, err: error }, 'a desk is not recorded')
        recorder.stop()
      },
    )
  }

  #greeting(address: GuacdAddress, select: string, { parameters }: DeskTarget, { claims, screen }: Browser) {
    const { limits, timers } = this.#deps
    const { readOnly } = claims
    return { address, select, parameters, screen, readOnly, name: USER_NAME, limits, timers }
  }

  #seat(user: GuacdUser, target: DeskTarget, owner: boolean): Seat {
    return new Seat(user, { owner, target, limits: this.#deps.limits, events: this })
  }

  get #occupied(): Seat[] {
    return [...this.#seats].filter(({ browser }) => browser)
  }

  /** The seat to which guacd brings files, while nobody sits there. */
  get #freeOwner(): Seat | undefined {
    return [...this.#seats].find((seat) => seat.owner && !seat.browser)
  }

  drew(seat: Seat): void {
    this.#tidy()
    this.#startRecorder(seat)
  }

  shared(): boolean {
    return this.#occupied.length > 1
  }

  files(owner: Seat, instruction: Instruction): void {
    this.#relay ??= new Relay()
    this.#relay.noticed(instruction)
    if (owner.browser) return
    const pages = this.#occupied.sort((a, b) => Number(b === this.#leader) - Number(a === this.#leader))
    this.#relay.pass(owner, pages, instruction)
  }

  #seatOf(browser: Browser): Seat | undefined {
    return [...this.#seats].find((seat) => seat.browser === browser)
  }

  #placeHere(): DeskPlace | undefined {
    const [seat] = this.#seats
    return seat && placeOf(seat.user)
  }

  /**
   * Frees the seats that nobody needs. While a page sees the desk none need be kept free, but the owner's where files
   * may come: guacd brings them to the owner only. When the last page is gone, one is.
   */
  #tidy(): void {
    const free = [...this.#seats].filter(({ browser }) => !browser)
    const owner = free.find((seat) => seat.owner)
    const { hold = 0, policy } = this.#target ?? {}
    const nobody = this.#occupied.length === 0
    if (!nobody && !this.#occupied.some((seat) => seat.drew)) return
    const bringsFiles = policy !== undefined && (policy.files !== 'none' || policy.printing)
    const kept = nobody ? hold > 0 && (owner ?? free[0]) : bringsFiles && owner
    for (const seat of free) if (seat !== kept) this.#release(seat)
    if (nobody && kept) this.#hold ??= this.#deps.timers.after(hold, () => this.#end())
  }

  ended(seat: Seat, error: LabError): void {
    if (!this.#seats.has(seat)) return
    const { labId, terminal } = this.#claims
    this.#deps.log.warn({ lab: labId, terminal, code: error.code, err: error }, 'a desk ended')
    this.#remove(seat)
    seat.browser?.fail(error)
  }

  /** guacd ends the connection when its last user has left. */
  #release(seat: Seat): void {
    this.#remove(seat)
    seat.user.leave()
  }

  #remove(seat: Seat): void {
    if (!this.#seats.delete(seat)) return
    this.#deps.pool.left(seat.user.address)
    if (this.#seats.size > 0) return
    this.#recorder?.stop()
    this.#recorder = undefined
    this.#hold?.()
    this.#hold = undefined
    this.#forget(placeOf(seat.user))
  }

  #end(): void {
    for (const seat of [...this.#seats]) this.#release(seat)
  }

  /** Pages of other replicas may still be there: they would be joined no more, which costs them nothing. */
  #forget(place: DeskPlace): void {
    const { labId, terminal } = this.#claims
    this.#deps.places.forget(labId, terminal, place).catch((error: unknown) => {
      this.#deps.log.warn({ lab: labId, terminal, err: error }, 'the place of a desk is not forgotten')
    })
  }

  #dismiss(error: LabError): void {
    for (const browser of this.#waiting) browser.fail(error)
    for (const { browser } of this.#occupied) browser?.fail(error)
  }

  #refuse(browser: Browser, error: unknown): void {
    const known = error instanceof LabError ? error : new LabError('server/internal', { cause: error })
    const { labId, terminal } = this.#claims
    if (browser.open) this.#deps.log.warn({ lab: labId, terminal, code: known.code, err: known }, 'no desk for a page')
    browser.fail(known)
  }
}

function placeOf({ address, connection }: GuacdUser): DeskPlace {
  return { guacd: nameOf(address), connection }
}

/** Another guacd may do better. */
function isTrouble(error: unknown): boolean {
  return error instanceof GuacdError || (error instanceof LabError && error.code === 'link/desktop-unavailable')
}
