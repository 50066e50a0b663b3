import type { LabProperties } from './lab-properties.js'
import {
  boundedSize,
  type PreferenceStorage,
  type Preferences,
  readPreferences,
  type Switch,
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

  get switches(): Record<Switch, boolean> {
    const { screenReader, localEcho } = this.#host
    return {
      screenReader,
      localEcho,
      touchpad: false,
      // Where fingers are what there is to point with.
      touchKeys: matchMedia('(pointer: coarse)').matches,
      ...this.#chosen.switches,
    }
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

  toggle(name: Switch): void {
    this.#choose({ switches: { ...this.#chosen.switches, [name]: !this.switches[name] } })
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
