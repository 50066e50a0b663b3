/** Tickets: what a tunnel costs. One use, 30 seconds, one page; they name the terminal, so the page cannot. */
import { LabError } from '../../../src/wire/problems.js'
import type { AuthStore, TicketClaims } from './ports.js'
import { type Clock, hashSecret, newSecret, type RandomBytes } from './secret.js'

/** How long a ticket may wait for its tunnel, in milliseconds. */
export const TICKET_LIFE = 30_000

const TICKET = /^[A-Za-z0-9_-]{43}$/

export interface IssuedTicket {
  readonly ticket: string
  readonly expiresAt: Date
}

export class Tickets {
  readonly #store: AuthStore
  readonly #now: Clock
  readonly #random: RandomBytes

  constructor(deps: { store: AuthStore; now: Clock; random: RandomBytes }) {
    this.#store = deps.store
    this.#now = deps.now
    this.#random = deps.random
  }

  async issue(claims: Omit<TicketClaims, 'expiresAt'>): Promise<IssuedTicket> {
    const expiresAt = new Date(this.#now().getTime() + TICKET_LIFE)
    const ticket = newSecret(this.#random)
    await this.#store.putTicket(hashSecret(ticket), { ...claims, expiresAt })
    return { ticket, expiresAt }
  }

  /**
   * Takes the ticket, whatever comes of it: one shown by the wrong page or too late is burnt too.
   * @throws LabError `auth/ticket-invalid` for every reason alike, so that a thief learns nothing.
   */
  async redeem(ticket: string, origin: string | undefined): Promise<TicketClaims> {
    const claims = await this.#store.takeTicket(hashSecret(ticket.slice(0, 64)))
    if (claims === undefined || !TICKET.test(ticket)) throw new LabError('auth/ticket-invalid')
    if (claims.expiresAt.getTime() <= this.#now().getTime()) throw new LabError('auth/ticket-invalid')
    if (claims.origin !== origin) throw new LabError('auth/ticket-invalid')
    return claims
  }
}
