import type { LabProperties } from './lab-properties.js'
import {
  boundedSize,
  type PreferenceStorage,
  type Preferences,
  readPreferences,
  writePreferences,
} from './preferences.js'

/** How the terminal looks: what the learner chose, else what the author wrote. */
export class Choices {
  readonly #host: LabProperties
  readonly #storage: PreferenceStorage
  #chosen: Preferences = {}

  constructor(host: LabProperties, storage: PreferenceStorage) {
    this.#host = host
    this.#storage = storage
  }

  /** Reads what was chosen elsewhere on the site. */
  refresh(): void {
    this.#chosen = readPreferences(this.#storage)
  }

  get fontSize(): number {
    return this.#chosen.fontSize ?? this.#usualSize
  }

  get screenReader(): boolean {
    return this.#chosen.screenReader ?? this.#host.screenReader
  }

  /** Empty where the author decides. */
  get chosenScheme(): string {
    return this.#chosen.scheme ?? ''
  }

  get theme(): string {
    return this.chosenScheme || this.#host.theme
  }

  /** So many pixels more or less; 0 is the author's size again. */
  resizeText(by: number): void {
    this.#choose({ fontSize: by === 0 ? this.#usualSize : boundedSize(this.fontSize + by) })
  }

  toggleScreenReader(): void {
    this.#choose({ screenReader: !this.screenReader })
  }

  /** What is typed shows before a far host echoes it. */
  get localEcho(): boolean {
    return this.#chosen.localEcho ?? this.#host.localEcho
  }

  toggleLocalEcho(): void {
    this.#choose({ localEcho: !this.localEcho })
  }

  /** A touch screen moves the pointer of a desktop as a touchpad does. */
  get touchpad(): boolean {
    return this.#chosen.touchpad ?? false
  }

  toggleTouchpad(): void {
    this.#choose({ touchpad: !this.touchpad })
  }

  /** Where fingers are what there is to point with, unless the learner chose otherwise. */
  get touchKeys(): boolean {
    return this.#chosen.touchKeys ?? matchMedia('(pointer: coarse)').matches
  }

  toggleTouchKeys(): void {
    this.#choose({ touchKeys: !this.touchKeys })
  }

  chooseScheme(scheme: string): void {
    this.#choose({ scheme })
  }

  get #usualSize(): number {
    return boundedSize(this.#host.fontSize || 14)
  }

  #choose(preferences: Preferences): void {
    this.#chosen = { ...this.#chosen, ...preferences }
    writePreferences(this.#storage, this.#chosen)
    this.#host.requestUpdate()
  }
}
