import type { BaseLogger } from 'pino'
import type { TicketClaims } from './auth/ports.js'
import type { LinkEvents, SshTarget } from './gateway/ports.js'
import { sshTarget } from './gateway/target.js'
import type { Presence } from './http/presence.js'
import type { Labs } from './labs/labs.js'

/** Typing renews the lease at most this often, milliseconds. */
const TOUCH_EVERY_MS = 10_000
/** A link that was silent this long (ms) before it ended belongs to a page that is not there any more. */
const SILENT_MS = 5_000

/** Joins the gateway to the labs: where a terminal is, who is there, who types. */
export class Terminals implements LinkEvents {
  readonly #deps: { labs: Labs; presence: Presence; env: NodeJS.ProcessEnv; now: () => Date; log: BaseLogger }
  readonly #touched = new Map<string, number>()

  constructor(deps: { labs: Labs; presence: Presence; env: NodeJS.ProcessEnv; now: () => Date; log: BaseLogger }) {
    this.#deps = deps
  }

  async target(claims: TicketClaims): Promise<SshTarget> {
    const { terminal, outputs } = await this.#deps.labs.reach(claims.labId, claims.terminal)
    return sshTarget(terminal, outputs, this.#deps.env)
  }

  opened(claims: TicketClaims, link: string): void {
    this.#deps.presence.opened(claims.labId, link)
  }

  closed(claims: TicketClaims, link: string, lastSeen: Date): void {
    const silent = this.#deps.now().getTime() - lastSeen.getTime()
    if (silent > SILENT_MS && claims.page !== undefined) this.#deps.presence.pageGone(claims.page, lastSeen)
    this.#deps.presence.closed(claims.labId, link, lastSeen)
  }

  input({ labId }: TicketClaims): void {
    const now = this.#deps.now().getTime()
    if (now - (this.#touched.get(labId) ?? 0) < TOUCH_EVERY_MS) return
    this.#touched.set(labId, now)
    this.#deps.labs.touch(labId).catch((error: unknown) => {
      this.#touched.delete(labId)
      this.#deps.log.error({ lab: labId, err: error }, 'lease not renewed')
    })
  }

  /** A lab that sleeps or is gone needs no memory of its typing. */
  forget(labId: string): void {
    this.#touched.delete(labId)
  }
}
