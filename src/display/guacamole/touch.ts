/** Fingers as a mouse, in one of Guacamole's two ways. They cannot be undone, so each way has a layer of its own. */
import { type Event as GuacamoleEvent, Mouse } from 'guacamole-common-js'
import './position.js'

export interface TouchOptions {
  readonly surface: HTMLElement
  readonly focused: () => boolean
  readonly moved: (state: Mouse.State) => void
}

const TOUCHES = ['touchstart', 'touchmove', 'touchend', 'touchcancel'] as const

export class LabTouch {
  readonly #options: TouchOptions
  #layer: HTMLElement | undefined
  #pad: boolean | undefined

  constructor(options: TouchOptions) {
    this.#options = options
    // Until the lab has the keyboard, a finger scrolls the page.
    const guard = (event: Event) => options.focused() || event.stopPropagation()
    for (const type of TOUCHES) options.surface.addEventListener(type, guard, { capture: true, passive: true })
  }

  /** `pad`: the screen is a touchpad, which moves the pointer from where it is; else a tap is a click in its place. */
  set(pad: boolean): void {
    if (pad === this.#pad) return
    this.#pad = pad
    this.#layer?.remove()
    const { surface, moved } = this.#options
    const layer = surface.ownerDocument.createElement('div')
    layer.className = 'touch'
    this.#layer = layer
    surface.append(layer)
    const mouse = pad ? new Mouse.Touchpad(layer) : new Mouse.Touchscreen(layer)
    const tell = (event: GuacamoleEvent) => event instanceof Mouse.Event && moved(event.state)
    mouse.onEach(['mousedown', 'mousemove', 'mouseup'], tell)
  }
}
