import type { BaseLogger } from 'pino'
import type { TicketClaims } from './auth/ports.js'
import { parametersOf } from './gateway/guacd/parameters.js'
import type { DeskEvents, DeskTarget } from './gateway/guacd/ports.js'
import type { LinkEvents, SshTarget } from './gateway/ports.js'
import { misconfigured, pinned, resolveValue, sshTarget } from './gateway/target.js'
import type { HostKeys } from './host-keys.js'
import type { Presence } from './http/presence.js'
import type { Labs, Reached } from './labs/labs.js'

/** Typing renews the lease at most this often, milliseconds. */
const TOUCH_EVERY_MS = 10_000
/** A link that was silent this long (ms) before it ended belongs to a page that is not there any more. */
const SILENT_MS = 5_000

export interface TerminalsDeps {
  readonly labs: Labs
  readonly presence: Presence
  readonly hostKeys: HostKeys
  readonly env: NodeJS.ProcessEnv
  readonly now: () => Date
  readonly log: BaseLogger
}

/** Joins the gateways to the labs: where a terminal is, who is there, who types. */
export class Terminals implements LinkEvents, DeskEvents {
  readonly #deps: TerminalsDeps
  readonly #touched = new Map<string, number>()

  constructor(deps: TerminalsDeps) {
    this.#deps = deps
  }

  async target(claims: TicketClaims): Promise<SshTarget> {
    return this.#resolve(await this.#deps.labs.reach(claims.labId, claims.terminal), claims)
  }

  async awake(claims: TicketClaims): Promise<void> {
    await this.#deps.labs.awake(claims.labId, claims.terminal)
  }

  async desk(claims: TicketClaims): Promise<DeskTarget> {
    const reached = await this.#deps.labs.reach(claims.labId, claims.terminal)
    const { terminal, outputs } = reached
    const { desk, protocol } = terminal
    if (!desk) throw misconfigured(`display of terminal ${terminal.name}`)
    const target = await this.#resolve(reached, claims)
    const parameters: Record<string, string> = {}
    for (const [name, value] of Object.entries(desk.parameters)) {
      parameters[name] = await resolveValue(value, outputs, this.#deps.env)
    }
    return {
      protocol,
      parameters: parametersOf(terminal, desk, { ...target, parameters, drive: `${claims.labId}-${terminal.name}` }),
      policy: {
        clipboard: desk.clipboard,
        files: desk.files,
        microphone: desk.audio === 'both',
        printing: desk.printing,
        fixed: new Set(Object.keys(desk.parameters)),
      },
      hold: desk.hold,
      pinned: target.hostKey !== undefined,
      ...(desk.recording && { recording: desk.recording }),
    }
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

  /** A host whose key nobody gives is held to the key that it showed first. */
  async #resolve({ terminal, outputs, terminals }: Reached, claims: TicketClaims): Promise<SshTarget> {
    const { labId, terminal: shell } = claims
    const target = await sshTarget(terminal, outputs, this.#deps.env, terminals, shell)
    if (terminal.protocol !== 'ssh') return target
    return pinned(terminal.name, target, (name, host) => this.#deps.hostKeys.of(labId, name, host, outputs))
  }
}
