/** The guacds that there are: which one to ask next, and which to leave alone for a while. */
import type { Timers } from '../timers.js'
import type { GuacdAddress } from './ports.js'

/** A guacd that failed is asked last for this long, milliseconds. */
const COOL_DOWN_MS = 10_000

interface Known {
  readonly address: GuacdAddress
  failedAt: number | undefined
  users: number
}

export function nameOf({ host, port }: GuacdAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

export class GuacdPool {
  readonly #known: readonly Known[]
  readonly #timers: Timers

  constructor(addresses: readonly GuacdAddress[], timers: Timers) {
    this.#known = addresses.map((address) => ({ address, failedAt: undefined, users: 0 }))
    this.#timers = timers
  }

  /** All of them, in the order in which to try: those that answer first, the least busy of them before the others. */
  candidates(): GuacdAddress[] {
    const now = this.#timers.now()
    const resting = ({ failedAt }: Known): number =>
      failedAt !== undefined && now - failedAt < COOL_DOWN_MS ? failedAt + COOL_DOWN_MS : 0
    return this.#known.toSorted((a, b) => resting(a) - resting(b) || a.users - b.users).map(({ address }) => address)
  }

  /** Undefined where the configuration does not name it any more. */
  byName(name: string): GuacdAddress | undefined {
    return this.#known.find(({ address }) => nameOf(address) === name)?.address
  }

  failed(address: GuacdAddress): void {
    this.#change(address, (known) => {
      known.failedAt = this.#timers.now()
    })
  }

  joined(address: GuacdAddress): void {
    this.#change(address, (known) => {
      known.failedAt = undefined
      known.users++
    })
  }

  left(address: GuacdAddress): void {
    this.#change(address, (known) => {
      known.users--
    })
  }

  /** For the operator: how each one is. */
  state(): { readonly guacd: string; readonly answers: boolean; readonly users: number }[] {
    return this.#known.map(({ address, failedAt, users }) => {
      return { guacd: nameOf(address), answers: failedAt === undefined, users }
    })
  }

  #change(address: GuacdAddress, change: (known: Known) => void): void {
    const known = this.#known.find((one) => one.address === address)
    if (known) change(known)
  }
}
