import { readFile } from 'node:fs/promises'
import type { BaseLogger } from 'pino'
import { LabError } from '../../src/wire/problems.js'
import type { TicketClaims } from './auth/ports.js'
import type { Value } from './config/config.js'
import type { LinkEvents, SshTarget } from './gateway/ports.js'
import type { Presence } from './http/presence.js'
import type { Labs } from './labs/labs.js'

/** Typing renews the lease at most this often, milliseconds. */
const TOUCH_EVERY_MS = 10_000
/** A link that was silent this long (ms) before it ended belongs to a page that is not there any more. */
const SILENT_MS = 5_000

type Outputs = Readonly<Record<string, string>>

/** Joins the gateway to the labs: where a terminal is, who is there, who types. */
export class Terminals implements LinkEvents {
  readonly #deps: { labs: Labs; presence: Presence; env: NodeJS.ProcessEnv; now: () => Date; log: BaseLogger }
  readonly #touched = new Map<string, number>()

  constructor(deps: { labs: Labs; presence: Presence; env: NodeJS.ProcessEnv; now: () => Date; log: BaseLogger }) {
    this.#deps = deps
  }

  async target(claims: TicketClaims): Promise<SshTarget> {
    const { terminal, outputs } = await this.#deps.labs.reach(claims.labId, claims.terminal)
    const resolve = (value: Value): Promise<string> => resolveValue(value, outputs, this.#deps.env)
    const optional = async (value: Value | undefined): Promise<string | undefined> => value && resolve(value)
    const port = Number(await resolve(terminal.port))
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw misconfigured(`port of terminal ${terminal.name}`)
    const [privateKey, password, hostKey] = [
      await optional(terminal.privateKey),
      await optional(terminal.password),
      await optional(terminal.hostKey),
    ]
    return {
      host: await resolve(terminal.host),
      port,
      user: (await optional(terminal.user)) ?? '',
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(password === undefined ? {} : { password }),
      ...(hostKey === undefined ? {} : { hostKey }),
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
}

/** Throws `cloud/misconfigured` without the value: the message names what is missing only. */
export async function resolveValue(value: Value, outputs: Outputs, env: NodeJS.ProcessEnv): Promise<string> {
  if ('literal' in value) return value.literal
  if ('output' in value) return outputs[value.output] ?? fail(`output ${value.output} of the stack`)
  if ('env' in value) return env[value.env] ?? fail(`environment variable ${value.env}`)
  return readFile(value.file, 'utf8').then(
    (text) => text.trimEnd(),
    () => fail(`file ${value.file}`),
  )
}

function fail(what: string): never {
  throw misconfigured(what)
}

function misconfigured(what: string): LabError {
  return new LabError('cloud/misconfigured', { message: `a terminal's ${what} is missing or wrong` })
}
