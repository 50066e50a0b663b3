/** All shells that this replica holds, by lab and terminal. */
import { LabError, type ProblemCode } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import type { HeldShell } from './shell.js'

/** Which replica holds a shell. One replica holds them all until there are more. */
export interface ShellPlaces {
  /** True when this replica may hold the shell; it does from now on. */
  claim(labId: string, terminal: string): Promise<boolean>
  /** This replica does not hold it any more. */
  release(labId: string, terminal: string): void
}

/** One replica: every shell is here. */
export const HERE: ShellPlaces = { claim: () => Promise.resolve(true), release: () => undefined }

export interface ShellsOptions {
  readonly places: ShellPlaces
  readonly create: (size: TerminalSize) => HeldShell
}

export class Shells {
  readonly #options: ShellsOptions
  /** Lab → terminal → shell. */
  readonly #labs = new Map<string, Map<string, HeldShell>>()

  constructor(options: ShellsOptions) {
    this.#options = options
  }

  get count(): number {
    let count = 0
    for (const shells of this.#labs.values()) count += shells.size
    return count
  }

  /** The shell of a terminal, the same one for everybody who asks. Throws where another replica holds it. */
  async obtain({ labId, terminal }: TicketClaims, size: TerminalSize): Promise<HeldShell> {
    const mine = await this.#options.places.claim(labId, terminal)
    if (!mine) throw new LabError('server/unreachable', { message: 'another replica holds this shell' })
    const shells = this.#labs.get(labId) ?? new Map<string, HeldShell>()
    this.#labs.set(labId, shells)
    const shell = shells.get(terminal) ?? this.#options.create(size)
    shells.set(terminal, shell)
    return shell
  }

  of(labId: string): HeldShell[] {
    return [...(this.#labs.get(labId)?.values() ?? [])]
  }

  /** Forgets a shell that has nothing to keep. */
  prune({ labId, terminal }: TicketClaims): void {
    const shells = this.#labs.get(labId)
    const shell = shells?.get(terminal)
    if (!shell?.idle) return
    shell.dispose(new LabError('lab/removed'))
    this.#forget(labId, terminal)
  }

  /** Ends all shells of a lab. */
  remove(labId: string, code: ProblemCode): void {
    for (const [terminal, shell] of this.#labs.get(labId) ?? []) {
      shell.dispose(new LabError(code))
      this.#options.places.release(labId, terminal)
    }
    this.#labs.delete(labId)
  }

  /** Ends them all. */
  clear(code: ProblemCode): void {
    for (const labId of [...this.#labs.keys()]) this.remove(labId, code)
  }

  #forget(labId: string, terminal: string): void {
    const shells = this.#labs.get(labId)
    shells?.delete(terminal)
    if (shells?.size === 0) this.#labs.delete(labId)
    this.#options.places.release(labId, terminal)
  }
}
