/** Mouse, wheel, pen and fingers over the lab's screen. */
import { Mouse } from 'guacamole-common-js'
import { positionIn } from './position.js'

/** Pixels of wheel for one click of the lab's, as Guacamole counts (three lines). */
const WHEEL_CLICK = 53
const PIXELS_PER_LINE = 18
const PIXELS_PER_PAGE = 288
/** A flick of a free-running wheel must not flood the lab. */
const MOST_CLICKS = 12

export interface PointerOptions {
  /** Exactly as large as the lab's screen is shown. */
  readonly surface: HTMLElement
  readonly signal: AbortSignal
  readonly listening: () => boolean
  /** The pointer changed; the position is in CSS pixels of the surface. */
  readonly moved: (state: Mouse.State) => void
  /** The person touched or clicked: the lab gets the keyboard. */
  readonly pressed: () => void
}

export class LabPointer {
  readonly #options: PointerOptions
  readonly #state = new Mouse.State()
  #wheel = 0

  constructor(options: PointerOptions) {
    this.#options = options
    const { surface, signal } = options
    const at = { signal }
    surface.addEventListener('pointerdown', (event) => this.#down(event), at)
    surface.addEventListener('pointermove', (event) => this.#move(event), at)
    surface.addEventListener('pointerup', (event) => this.#up(event), at)
    surface.addEventListener('pointercancel', (event) => this.#up(event), at)
    surface.addEventListener('wheel', (event) => this.#turn(event), { passive: false, signal })
    // Not as a finger comes down: it may be about to scroll the page.
    surface.addEventListener('click', () => options.pressed(), at)
    surface.addEventListener('contextmenu', (event) => options.listening() && event.preventDefault(), at)
    surface.addEventListener('mousedown', (event) => event.preventDefault(), at)
    surface.addEventListener('dragstart', (event) => event.preventDefault(), at)
  }

  /** Lets go of every button. */
  reset(): void {
    const { left, middle, right } = this.#state
    if (!left && !middle && !right) return
    Object.assign(this.#state, { left: false, middle: false, right: false })
    this.#tell()
  }

  #down(event: PointerEvent): void {
    if (event.pointerType === 'touch') return
    this.#options.pressed()
    if (!this.#options.listening()) return
    // The lab hears of the release wherever the pointer is by then.
    if (event.isTrusted) this.#options.surface.setPointerCapture(event.pointerId)
    this.#take(event)
  }

  #move(event: PointerEvent): void {
    if (event.pointerType !== 'touch' && this.#options.listening()) this.#take(event)
  }

  #up(event: PointerEvent): void {
    if (event.pointerType !== 'touch') this.#take(event)
  }

  #take({ clientX, clientY, buttons }: PointerEvent): void {
    Object.assign(this.#state, this.#within(clientX, clientY), {
      left: (buttons & 1) !== 0,
      right: (buttons & 2) !== 0,
      middle: (buttons & 4) !== 0,
    })
    this.#tell()
  }

  #turn(event: WheelEvent): void {
    // One that belongs to the page does not come here.
    if (!this.#options.listening()) return
    event.preventDefault()
    const turned = event.deltaY * unitOf(event.deltaMode)
    this.#wheel = this.#wheel * turned < 0 ? turned : this.#wheel + turned
    const clicks = Math.trunc(this.#wheel / WHEEL_CLICK)
    this.#wheel -= clicks * WHEEL_CLICK
    Object.assign(this.#state, this.#within(event.clientX, event.clientY))
    const button = clicks < 0 ? 'up' : 'down'
    for (let click = 0; click < Math.min(Math.abs(clicks), MOST_CLICKS); click++) {
      for (const down of [true, false]) {
        this.#state[button] = down
        this.#tell()
      }
    }
  }

  #within(clientX: number, clientY: number): { x: number; y: number } {
    const { surface } = this.#options
    const { x, y } = positionIn(surface, clientX, clientY)
    return { x: clamp(x, surface.offsetWidth), y: clamp(y, surface.offsetHeight) }
  }

  #tell(): void {
    this.#options.moved(this.#state)
  }
}

function unitOf(deltaMode: number): number {
  if (deltaMode === WheelEvent.DOM_DELTA_LINE) return PIXELS_PER_LINE
  return deltaMode === WheelEvent.DOM_DELTA_PAGE ? PIXELS_PER_PAGE : 1
}

function clamp(length: number, size: number): number {
  return Math.min(Math.max(0, length), Math.max(0, size - 1))
}
