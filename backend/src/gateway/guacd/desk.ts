/**
 * One desk: the connection of one terminal of one lab, held by guacd, and the pages at it. It outlives its pages: while
 * none is there a seat is kept free, and whoever comes joins. On other replicas it is the same connection.
 */
import { LabError } from '../../../../src/wire/problems.js'
import type { TicketClaims } from '../../auth/ports.js'
import type { Cancel } from '../timers.js'
import type { Browser } from './browser.js'
import { DeskRecording, type DeskRecordingDeps } from './desk-recording.js'
import { Door, type DoorDeps, type Here, placeOf } from './door.js'
import { HostWatch } from './host-watch.js'
import type { Instruction } from './instruction.js'
import type { DeskEvents, DeskTarget } from './ports.js'
import { reasonOf } from './refusal.js'
import { Relay } from './relay.js'
import { Seat, type SeatEvents } from './seat.js'
import { seating } from './seating.js'
import { Seats } from './seats.js'

/** Of pages that come while it draws for others, guacd 1.3 lets one in a hundred in wrongly; each try is another chance. */
const REJOINS = 3

export interface DeskDeps extends DoorDeps, DeskRecordingDeps {
  readonly events: DeskEvents
}

export class Desk implements SeatEvents {
  readonly #deps: DeskDeps
  readonly #claims: Pick<TicketClaims, 'labId' | 'terminal'>
  readonly #door: Door
  readonly #recording: DeskRecording
  readonly #seats: Seats
  readonly #host = new HostWatch(() => this.#hostSilent())
  /** Pages on their way, also those that have gone meanwhile: what is opened for them must be closed. */
  readonly #waiting = new Set<Browser>()
  /** How often each page came in once more. */
  readonly #rejoined = new WeakMap<Browser, number>()
  /** One comes after the other, so that the second joins what the first opened. */
  #queue: Promise<void> = Promise.resolve()
  /** Since guacd showed a file. */
  #relay: Relay | undefined
  /** Where somebody did something last: files go there. */
  #leader: Seat | undefined
  #target: DeskTarget | undefined
  #hold: Cancel | undefined
  #gone = false

  constructor(claims: Pick<TicketClaims, 'labId' | 'terminal'>, deps: DeskDeps) {
    this.#claims = claims
    this.#deps = deps
    this.#door = new Door(claims, deps)
    this.#recording = new DeskRecording(deps)
    this.#seats = new Seats(deps.timers)
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
    const seat = this.#seats.of(browser)
    if (!seat) return
    this.#leader = seat
    this.#host.input(instruction)
    this.#recording.input(instruction)
    const owner = seat.owner ? undefined : this.#seats.freeOwner
    const translated = owner && this.#relay?.translate(seat, instruction)
    if (owner && translated) owner.input(translated)
    else seat.input(instruction)
  }

  drained(browser: Browser): void {
    this.#seats.of(browser)?.regulate()
  }

  /** The page is gone; its seat is kept if it is the last one. */
  leave(browser: Browser): void {
    const seat = this.#seats.of(browser)
    if (!seat) return
    this.#relay?.gone(seat, this.#seats.freeOwner)
    seat.vacate()
    this.#tidy()
    if (seat === this.#seats.freeOwner) for (const other of this.#seats.occupied) this.#relay?.welcome(other)
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
    for (const seat of this.#seats) seat.check(now)
    if (this.#target && this.#seats.occupied.length > 0) this.#host.check(this.#deps.limits.checkEvery, this.#target)
    this.#recording.check()
  }

  async #bring(browser: Browser): Promise<void> {
    const { events, limits, timers } = this.#deps
    await events.awake(browser.claims)
    if (this.#seats.occupied.length >= limits.viewers) throw new LabError('request/too-many')
    await this.#seats.begun(limits.firstPicture)
    if (this.#target && !(await this.#host.back(this.#target))) throw hostSilent()
    if (!browser.open || this.#gone) return
    const { user, target, owner } = await this.#door.enter(browser, this.#here())
    this.#target = target
    const seat = new Seat(user, { owner, target, limits, timers, events: this })
    this.#seats.add(seat)
    this.#deps.pool.joined(user.address)
    if (owner) this.#host.begun(target)
    this.#letGo()
    try {
      await this.#recording.prepare(target.recording, browser.claims, () => this.#seats.has(seat))
    } catch (error) {
      this.#release(seat)
      throw error
    }
    // The lab may have gone meanwhile, and its seats with it.
    if (!this.#seats.has(seat)) throw new LabError('link/desktop-unavailable')
    seat.give(browser)
    if (this.#seats.freeOwner) this.#relay?.welcome(seat)
    // While guacd was asked the page may have gone, or the lab.
    if (this.#gone) this.#end()
    else if (!browser.open) this.leave(browser)
    for (const other of this.#seats) other.regulate()
  }

  #here(): Here | undefined {
    const { first } = this.#seats
    const target = this.#target
    return first && target && { place: placeOf(first.user), target }
  }

  drew(seat: Seat): void {
    this.#seats.drew()
    this.#tidy()
    const { browser, user } = seat
    const target = this.#target
    if (!browser || !target) return
    this.#recording.start(() => this.#door.greeting(user.address, user.connection, target, browser), this.#claims)
  }

  moved(pieces: readonly Buffer[]): void {
    this.#host.output(pieces)
  }

  shared(): boolean {
    return this.#seats.occupied.length > 1
  }

  files(owner: Seat, instruction: Instruction): void {
    this.#relay ??= new Relay()
    this.#relay.noticed(instruction)
    if (owner.browser) return
    const pages = this.#seats.occupied.sort((a, b) => Number(b === this.#leader) - Number(a === this.#leader))
    this.#relay.pass(owner, pages, instruction)
  }

  ended(seat: Seat, error: LabError): void {
    if (!this.#seats.has(seat)) return
    const { labId, terminal } = this.#claims
    this.#deps.log.warn({ lab: labId, terminal, code: error.code, err: error }, 'a desk ended')
    this.#remove(seat)
    const { browser, owner, drew } = seat
    if (!browser) return
    // guacd 1.3 may let a user in within an instruction for the others, of which it hears the end: once more, from the
    // start. The whole picture comes again, over what was drawn.
    const rejoined = this.#rejoined.get(browser) ?? 0
    if (!owner && error.code === 'link/protocol' && rejoined < REJOINS) {
      this.#rejoined.set(browser, rejoined + 1)
      this.attach(browser)
      return
    }
    const target = this.#target
    if (!target) browser.fail(error)
    else
      reasonOf({ said: error, shown: drew || !owner }, target).then(
        (reason) => browser.fail(reason),
        () => browser.fail(error),
      )
  }

  /** The seat stays: when packets come through again it is the same desk. */
  #hostSilent(): void {
    const { labId, terminal } = this.#claims
    this.#deps.log.warn({ lab: labId, terminal }, 'the host of a desk does not answer')
    this.#dismiss(hostSilent())
  }

  #tidy(): void {
    if (!this.#target) return
    const { free, hold } = seating([...this.#seats], this.#target)
    for (const seat of free) this.#release(seat)
    if (hold !== undefined) this.#hold ??= this.#deps.timers.after(hold, () => this.#end())
  }

  /** guacd ends the connection when its last user has left. */
  #release(seat: Seat): void {
    this.#remove(seat)
    seat.user.leave()
  }

  #remove(seat: Seat): void {
    if (!this.#seats.remove(seat)) return
    this.#deps.pool.left(seat.user.address)
    if (this.#seats.size > 0) return
    this.#recording.end()
    this.#letGo()
    this.#door.forget(placeOf(seat.user))
  }

  #letGo(): void {
    this.#hold?.()
    this.#hold = undefined
  }

  #end(): void {
    for (const seat of this.#seats) this.#release(seat)
  }

  #dismiss(error: LabError): void {
    for (const browser of this.#waiting) browser.fail(error)
    for (const { browser } of this.#seats.occupied) browser?.fail(error)
  }

  #refuse(browser: Browser, error: unknown): void {
    const known = error instanceof LabError ? error : new LabError('server/internal', { cause: error })
    const { labId, terminal } = this.#claims
    if (browser.open) this.#deps.log.warn({ lab: labId, terminal, code: known.code, err: known }, 'no desk for a page')
    browser.fail(known)
  }
}

function hostSilent(): LabError {
  return new LabError('link/shell-unreachable', { message: 'the lab host does not answer' })
}
