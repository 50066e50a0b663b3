import { LabError } from '../../../../src/wire/problems.js'
import { AccountError } from './account.js'
import { ApiError, toLabError } from './api-error.js'
import type { FoundAccount } from './clouds-yaml.js'
import { Connection, type ConnectionOptions } from './connection.js'

/** Credentials that were refused are not shown again for so long: many labs would get the account locked. */
const REFUSED_FOR_MS = 5_000

export interface AccessOptions extends ConnectionOptions {
  /** The cloud's name in the configuration. */
  readonly name: string
  /** Reads the account; asked again after it was refused, so that new credentials need no restart. */
  readonly account: () => Promise<FoundAccount>
}

/** The way into one cloud: connects when first needed, and turns every failure into a `LabError`. */
export class Access {
  readonly #options: AccessOptions
  #connection: Promise<Connection> | undefined
  #refusal: { readonly error: LabError; readonly until: number } | undefined
  #closed = false

  constructor(options: AccessOptions) {
    this.#options = options
  }

  /** `what` is being done, for the log. */
  async use<T>(what: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const { name, clock } = this.#options
    if (this.#closed) throw new LabError('cloud/unreachable', { message: 'the backend is stopping' })
    if (this.#refusal !== undefined && clock.now() < this.#refusal.until) throw this.#refusal.error
    try {
      this.#connection ??= this.#connect()
      return await work(await this.#connection)
    } catch (error) {
      const told = toLabError(error, name, what)
      if (isRefusal(error)) {
        this.#connection = undefined
        this.#refusal = { error: told, until: clock.now() + REFUSED_FOR_MS }
      }
      throw told
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#connection?.catch(() => undefined)
    connection?.close()
  }

  async #connect(): Promise<Connection> {
    return new Connection(await this.#options.account(), this.#options)
  }
}

/** The account itself is no good, whatever was asked. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AccountError) return true
  return error instanceof ApiError && error.service === 'Keystone' && error.status < 500 && error.status !== 429
}
