/** What plays a recording of guacd. */

export interface PlayerEvents {
  /** There is more of it, it moved, began or stopped. */
  readonly changed: () => void
  /** It is no recording, or is broken where it was read last. */
  readonly failed: () => void
}

export interface Player {
  /** The picture; as large as `fit` made it. */
  readonly element: HTMLElement
  /** Milliseconds from its beginning. */
  readonly position: number
  /** Milliseconds, of what was read so far. */
  readonly duration: number
  readonly playing: boolean
  /** All of it was read. */
  readonly loaded: boolean
  play(): void
  pause(): void
  /** Goes on playing from there if it was. */
  seek(position: number): void
  /** Shows it as wide as this, in CSS pixels. */
  fit(width: number): void
  dispose(): void
}

export type OpenPlayer = (source: Blob, events: PlayerEvents) => Player

/** Fetches its code. Rejects where that fails. */
export type LoadPlayer = () => Promise<OpenPlayer>
