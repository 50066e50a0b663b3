/** All shells that this replica holds, by lab and terminal. */
import { LabError, type ProblemCode } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import type { TicketClaims } from '../auth/ports.js'
import type { ShellPlaces } from './peers/places.js'
import type { HeldShell } from './shell.js'

export interface ShellsOptions {
  readonly places: ShellPlaces
  readonly create: (size: TerminalSize) => HeldShell
  readonly failed: (error: unknown) => void
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

  /** The shell of a terminal, the same one for everybody who asks. Throws where it has gone to another replica meanwhile. */
  async obtain({ labId, terminal }: TicketClaims, size: TerminalSize): Promise<HeldShell> {
    const place = await this.#options.places.claim(labId, terminal)
    if (place !== 'here') throw new LabError('link/lost', { message: 'another replica holds this shell' })
    const shells = this.#labs.get(labId) ?? new Map<string, HeldShell>()
    this.#labs.set(labId, shells)
    const shell = shells.get(terminal) ?? this.#options.create(size)
    shells.set(terminal, shell)
    return shell
  }

  find({ labId, terminal }: TicketClaims): HeldShell | undefined {
    return this.#labs.get(labId)?.get(terminal)
  }

  /** Another replica took this one for dead and has a shell of its own: whatever is here is nobody's. */
  lost({ labId, terminal }: TicketClaims): void {
    this.#labs.get(labId)?.get(terminal)?.dispose(new LabError('link/lost'))
    this.#drop(labId, terminal)
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
      this.#release(labId, terminal)
    }
    this.#labs.delete(labId)
  }

  /** Ends them all. */
  clear(code: ProblemCode): void {
    for (const labId of [...this.#labs.keys()]) this.remove(labId, code)
  }

  #forget(labId: string, terminal: string): void {
    this.#drop(labId, terminal)
    this.#release(labId, terminal)
  }

  #drop(labId: string, terminal: string): void {
    const shells = this.#labs.get(labId)
    shells?.delete(terminal)
    if (shells?.size === 0) this.#labs.delete(labId)
  }

  /** Without the database nobody can be told; the next claim of any replica finds nothing here. */
  #release(labId: string, terminal: string): void {
    this.#options.places.release(labId, terminal).catch(this.#options.failed)
  }
}
