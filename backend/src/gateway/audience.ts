/** The pages on one shell: whose size counts, and whether somebody keeps up with its output. */
import type { LabError } from '../../../src/wire/problems.js'
import { SSH_WINDOW_BYTES, type SshServerMessage } from '../../../src/wire/ssh.js'
import type { Cancel, Timers } from './timers.js'
import type { Viewer } from './viewer.js'

export interface AudienceOptions {
  readonly timers: Timers
  /** How long output waits for the last page that went, milliseconds. */
  readonly holdGrace: number
  /** Output need not wait any more. */
  readonly released: () => void
}

export class Audience {
  readonly #options: AudienceOptions
  readonly #viewers = new Set<Viewer>()
  #turn = 0
  /** The last page to go, and how much of the stream it had for sure. */
  #missed: { readonly acked: number; readonly cancel: Cancel } | undefined

  constructor(options: AudienceOptions) {
    this.#options = options
  }

  /** Pages, on the stream or on their way to it. */
  get size(): number {
    return this.#viewers.size
  }

  get attached(): Viewer[] {
    return [...this.#viewers].filter((viewer) => viewer.attached)
  }

  /** Whose size the shell has: who typed, resized or attached last; a page that may type before one that may not. */
  get leader(): Viewer | undefined {
    const rank = (viewer: Viewer) => (viewer.readOnly ? 0 : Number.MAX_SAFE_INTEGER / 2) + viewer.turn
    return this.attached.sort((a, b) => rank(b) - rank(a))[0]
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer)
  }

  /** On the stream from now on; the page before, if it was waited for, is back or not coming. */
  join(viewer: Viewer): void {
    viewer.attached = true
    this.touch(viewer)
    this.forget()
  }

  touch(viewer: Viewer): void {
    viewer.turn = ++this.#turn
  }

  /** False where the page was not here. */
  remove(viewer: Viewer): boolean {
    if (!this.#viewers.delete(viewer)) return false
    if (viewer.attached && this.attached.length === 0) {
      this.forget()
      const cancel = this.#options.timers.after(this.#options.holdGrace, () => this.forget())
      this.#missed = { acked: viewer.out.acked, cancel }
    }
    return true
  }

  /** Nobody is waited for any more. */
  forget(): void {
    if (!this.#missed) return
    this.#missed.cancel()
    this.#missed = undefined
    this.#options.released()
  }

  /** True when no page, nor the one that just went, is within a window of `end`: output must wait. */
  isBehind(end: number): boolean {
    const pages = this.attached.map(({ out }) => out)
    if (pages.length > 0) return pages.every(({ acked, window }) => end - acked >= window)
    return this.#missed !== undefined && end - this.#missed.acked >= SSH_WINDOW_BYTES
  }

  tell(message: SshServerMessage, except?: Viewer): void {
    for (const viewer of this.attached) if (viewer !== except) viewer.tell(message)
  }

  /** Every page is told why and closed. */
  dismiss(error: LabError): void {
    for (const viewer of [...this.#viewers]) viewer.fail(error)
  }
}
