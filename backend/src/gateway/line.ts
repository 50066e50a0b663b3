/** The way to a terminal's host: opened once however many ask, proven before it is trusted, opened anew when dead. */
import { LabError } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import type { Connection, ConnectionEnd } from './connection.js'
import type { HostFiles } from './files/host-files.js'
import type { GatewayLimits } from './limits.js'
import type { Login } from './login.js'
import type { SshTarget } from './ports.js'
import type { Timers } from './timers.js'

/** Input bytes in the queue at which answers of the terminal itself are dropped. */
const MAX_QUEUED_ANSWERS = 64 * 1024
/** A host heard this recently (ms) needs no proof, unless its lab was paused since. */
const FRESH = 1_000

export interface LineDeps {
  readonly target: (claims: TicketClaims) => Promise<SshTarget>
  readonly login: Login
  readonly limits: GatewayLimits
  readonly timers: Timers
}

export interface LineHandlers {
  /** A shell is open, of this size; called before any data of it. */
  opened(size: TerminalSize): void
  data(bytes: Buffer): void
  ended(end: ConnectionEnd): void
}

export class Line {
  readonly #deps: LineDeps
  readonly #handlers: LineHandlers
  readonly #abort = new AbortController()
  #connection: Connection | undefined
  #opening: Promise<void> | undefined
  /** The lab was paused since the host last proved itself. */
  #doubted = false

  constructor(deps: LineDeps, handlers: LineHandlers) {
    this.#deps = deps
    this.#handlers = handlers
  }

  /** A shell runs, as far as is known. */
  get running(): boolean {
    return this.#connection !== undefined
  }

  /** Undefined without a connection. */
  get files(): HostFiles | undefined {
    return this.#connection?.alive ? this.#connection.files : undefined
  }

  /**
   * Resolves when the shell is usable, or has ended and nobody asked for another one (`anew`). A connection that does
   * not answer is given up only once the host took a new login: a lab that is still waking up keeps its shell.
   */
  async ready(claims: TicketClaims, size: TerminalSize, anew: boolean): Promise<void> {
    if (!this.#opening && !this.#connection && !anew) return
    this.#opening ??= this.#open(claims, size).finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  /** The lab sleeps: what is known of its host holds no longer. */
  doubt(): void {
    this.#doubted = true
  }

  /** True when the host answers, or there is none to ask. */
  async answers(): Promise<boolean> {
    const connection = this.#connection
    if (!connection) return true
    return this.#isFresh(connection) || connection.probe(this.#deps.limits.probeTimeout)
  }

  /** False when so much input waits for the host that this is one piece too many. */
  write(bytes: Uint8Array): boolean {
    const connection = this.#connection
    if (!connection) return true
    if (connection.queued + bytes.length > this.#deps.limits.queuedInput) return false
    connection.write(bytes)
    return true
  }

  /** Writes what the terminal itself answers to a query. */
  answer(reply: string): void {
    const connection = this.#connection
    if (connection && connection.queued < MAX_QUEUED_ANSWERS) connection.write(reply)
  }

  resize(size: TerminalSize): void {
    this.#connection?.resize(size)
  }

  /** Stops or goes on reading. */
  hold(held: boolean): void {
    if (held) this.#connection?.pause()
    else this.#connection?.resume()
  }

  dispose(): void {
    this.#abort.abort()
    this.#connection?.end()
    this.#connection = undefined
  }

  async #open(claims: TicketClaims, size: TerminalSize): Promise<void> {
    const old = this.#connection
    const asked = this.#deps.timers.now()
    if (old && (await this.#isProven(old))) return
    const fresh = await this.#login(claims, size)
    if (old && this.#connection === old && old.alive && old.heardAt > asked) {
      fresh.end()
      this.#doubted = false
      return
    }
    this.#connection?.end()
    this.#use(fresh, size)
  }

  async #isProven(connection: Connection): Promise<boolean> {
    if (!connection.alive) return false
    if (!this.#doubted && this.#isFresh(connection)) return true
    const proven = await connection.probe(this.#deps.limits.probeTimeout)
    if (proven) this.#doubted = false
    return proven
  }

  #isFresh(connection: Connection): boolean {
    return connection.alive && this.#deps.timers.now() - connection.heardAt < FRESH
  }

  async #login(claims: TicketClaims, size: TerminalSize): Promise<Connection> {
    const { target, login, limits, timers } = this.#deps
    const { signal } = this.#abort
    const fresh = await login(await target(claims), { size, timeout: limits.loginTimeout, timers, signal })
    if (!signal.aborted) return fresh
    fresh.end()
    throw new LabError('link/shell-unreachable', { message: 'ssh: not wanted any more' })
  }

  #use(connection: Connection, size: TerminalSize): void {
    this.#connection = connection
    this.#doubted = false
    this.#handlers.opened(size)
    connection.start({
      data: (bytes) => this.#handlers.data(bytes),
      ended: (end) => {
        if (this.#connection !== connection) return
        this.#connection = undefined
        connection.end()
        this.#handlers.ended(end)
      },
    })
  }
}
