/** Where shells are: on which replica, and how another replica is asked. */

/** How another replica is reached; the secret proves that one of us asks. */
export interface Peer {
  readonly replica: string
  /** `host:port`. */
  readonly address: string
  readonly secret: string
}

export interface ShellPlaces {
  /**
   * Takes the shell for this replica, unless a live one holds it: then says which. `gone`: a replica that is known to be
   * no more. Undefined where it is held by one that cannot be asked.
   */
  claim(labId: string, terminal: string, gone?: string): Promise<'here' | Peer | undefined>
  /** Who holds it, without taking it; undefined for nobody that can be asked. */
  find(labId: string, terminal: string): Promise<'here' | Peer | undefined>
  /** This replica does not hold it any more. */
  release(labId: string, terminal: string): Promise<void>
  /** This replica stops: it holds nothing from now on. */
  leave(): Promise<void>
}

/** One replica: every shell is here. */
export const HERE: ShellPlaces = {
  claim: () => Promise.resolve('here'),
  find: () => Promise.resolve('here'),
  release: () => Promise.resolve(),
  leave: () => Promise.resolve(),
}
