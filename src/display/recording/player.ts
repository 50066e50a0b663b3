import { SessionRecording } from 'guacamole-common-js'
import type { Player, PlayerEvents } from '../player.js'
import { listeningUntil } from '../window-life.js'

/** Plays what guacd recorded, as it is read. */
export function openPlayer(source: Blob, events: PlayerEvents): Player {
  return new RecordingPlayer(source, events)
}

class RecordingPlayer implements Player {
  readonly #life = new AbortController()
  readonly #recording: SessionRecording
  readonly element: HTMLElement
  #loaded = false
  #drawn = false
  #width = 0

  constructor(source: Blob, { changed, failed }: PlayerEvents) {
    const recording = listeningUntil(this.#life.signal, () => new SessionRecording(source))
    this.#recording = recording
    const display = recording.getDisplay()
    this.element = display.getElement()
    display.onresize = () => this.#fit()
    recording.onload = () => {
      // Text of any kind is read without complaint, as an instruction that never ends.
      if (!this.#drawn) {
        failed()
        return
      }
      this.#loaded = true
      // Its first picture, instead of an empty frame.
      recording.seek(0)
      changed()
    }
    recording.onerror = failed
    recording.onplay = changed
    recording.onpause = changed
    recording.onseek = changed
    recording.onprogress = () => {
      this.#drawn = true
      changed()
    }
  }

  get position(): number {
    return Math.min(this.#recording.getPosition(), this.duration)
  }

  get duration(): number {
    return this.#recording.getDuration()
  }

  get playing(): boolean {
    return this.#recording.isPlaying()
  }

  get loaded(): boolean {
    return this.#loaded
  }

  play(): void {
    // From its end it begins anew.
    if (this.position >= this.duration) this.#recording.seek(0, () => this.#recording.play())
    else this.#recording.play()
  }

  /** Guacamole's own counts the time since 1970 where nothing was played. */
  pause(): void {
    if (this.playing) this.#recording.pause()
  }

  seek(position: number): void {
    this.#recording.seek(Math.min(Math.max(0, position), this.duration))
  }

  fit(width: number): void {
    this.#width = width
    this.#fit()
  }

  dispose(): void {
    this.#life.abort()
    const recording = this.#recording
    for (const event of ['onload', 'onerror', 'onplay', 'onpause', 'onseek', 'onprogress'] as const) {
      recording[event] = null
    }
    this.pause()
    recording.abort()
    recording.getDisplay().cancel()
    this.element.remove()
  }

  #fit(): void {
    const display = this.#recording.getDisplay()
    const width = display.getWidth()
    if (width > 0 && this.#width > 0) display.scale(this.#width / width)
  }
}
