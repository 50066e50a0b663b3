/** Which seats a desk keeps. Pure. */
import type { DeskPolicy } from './ports.js'

/** Of a seat, what decides. */
export interface Place {
  /** Opened the connection: guacd brings files to it only. */
  readonly owner: boolean
  /** A whole picture came to it. */
  readonly drew: boolean
  readonly browser?: unknown
}

export interface Seating<S extends Place> {
  readonly free: readonly S[]
  /** Nobody is there: what is kept is kept for so long, milliseconds. */
  readonly hold: number | undefined
}

/**
 * While a page sees the desk no seat need be kept free, but the owner's where files may come. When the last page is gone,
 * one is kept, if the target wants it held; while pages wait for their first picture, all.
 */
export function seating<S extends Place>(
  seats: readonly S[],
  { hold, policy }: { readonly hold: number; readonly policy: DeskPolicy },
): Seating<S> {
  const empty = seats.filter(({ browser }) => browser === undefined)
  const taken = seats.filter(({ browser }) => browser !== undefined)
  const owner = empty.find((seat) => seat.owner)
  if (taken.length > 0 && !taken.some(({ drew }) => drew)) return { free: [], hold: undefined }
  const nobody = taken.length === 0
  const bringsFiles = policy.files !== 'none' || policy.printing
  const kept = nobody ? (hold > 0 ? (owner ?? empty[0]) : undefined) : bringsFiles ? owner : undefined
  return { free: empty.filter((seat) => seat !== kept), hold: nobody && kept ? hold : undefined }
}
