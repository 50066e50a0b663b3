/** Guacamole's on-screen keyboard, dressed: named for screen readers, for fingers and for keys, in the looks of the page. */
import { OnScreenKeyboard } from 'guacamole-common-js'
import { StyleLease } from '../style-lease.js'
import { DE } from './layouts/de.js'
import { EN_US } from './layouts/en-us.js'
import type { KeyboardLayout, LayoutKey } from './layouts/layout.js'
import type { PanelOptions } from './lazy-keyboard.js'
import { ON_SCREEN_KEYBOARD_STYLE } from './on-screen-style.js'

export const LAYOUTS: readonly KeyboardLayout[] = [EN_US, DE]
/** CSS pixels: larger keys are no easier to hit. */
const LARGEST_UNIT = 44
/** The desktop keeps the other half. */
const SHARE_OF_HEIGHT = 0.55
const PADDING = 1
/** Rows may be higher than keys are wide: fingers miss downwards. */
const ROW = { least: 24, most: 34 } as const
const KEY = '.guac-keyboard-key'

export class OnScreenKeyboardPanel {
  readonly element: HTMLElement
  readonly #options: PanelOptions
  readonly #keys: HTMLElement
  readonly #style: StyleLease
  #drawn: DrawnKeyboard

  constructor(options: PanelOptions) {
    this.#options = options
    const { container, words, close } = options
    const { ownerDocument } = container
    this.element = ownerDocument.createElement('div')
    this.element.className = 'lab-keyboard'
    this.element.setAttribute('role', 'group')
    this.element.setAttribute('aria-label', words.keyboard)
    const head = ownerDocument.createElement('div')
    head.className = 'head'
    const button = ownerDocument.createElement('button')
    button.textContent = words.close
    button.addEventListener('click', close)
    this.#keys = ownerDocument.createElement('div')
    const language = container.closest('[lang]')?.getAttribute('lang') ?? navigator.language
    const first = LAYOUTS.find((layout) => language.startsWith(layout.language)) ?? EN_US
    head.append(this.#choice(first), button)
    this.element.append(head, this.#keys)
    container.append(this.element)
    this.#style = new StyleLease(this.element, ON_SCREEN_KEYBOARD_STYLE)
    this.#drawn = this.#draw(first)
  }

  /** Fits it into what room there is. */
  fit(): void {
    const { layout, keyboard } = this.#drawn
    const { clientWidth, clientHeight } = this.#options.container
    const wide = (clientWidth - 2 * PADDING) / layout.width
    const high = (clientHeight * SHARE_OF_HEIGHT) / layout.layout.length
    keyboard.resize(Math.min(wide, Math.max(high, ROW.least), LARGEST_UNIT) * layout.width)
    this.element.style.setProperty('--row', `${Math.min(ROW.most, Math.max(high, ROW.least))}px`)
  }

  /** Nothing stays pressed. */
  release(): void {
    this.#drawn.releaseAll()
  }

  /** One of its keys is a stop for Tab, and stays it. */
  reach(): void {
    this.#drawn.reach()
  }

  dispose(): void {
    this.release()
    this.#style.dispose()
    this.element.remove()
  }

  #draw(layout: KeyboardLayout): DrawnKeyboard {
    const drawn = new DrawnKeyboard(layout, this.#options.key)
    this.#keys.replaceChildren(drawn.keyboard.getElement())
    this.#drawn = drawn
    this.fit()
    return drawn
  }

  #choice(first: KeyboardLayout): HTMLElement {
    const select = this.element.ownerDocument.createElement('select')
    select.setAttribute('aria-label', this.#options.words.keyboard)
    for (const { name } of LAYOUTS) select.add(new Option(name))
    select.selectedIndex = LAYOUTS.indexOf(first)
    select.addEventListener('change', () => {
      this.release()
      this.#draw(LAYOUTS[select.selectedIndex] ?? EN_US)
    })
    return select
  }
}

/** One layout on the screen. */
class DrawnKeyboard {
  readonly layout: KeyboardLayout
  readonly keyboard: OnScreenKeyboard
  readonly #names: readonly string[]
  readonly #buttons: readonly HTMLElement[]
  /** The key at which Tab stops. */
  #stop = 0
  /** Modifiers that are down; those without a keysym (Fn) are the keyboard's own. */
  readonly #down = new Set<string>()
  readonly #modifierOf: ReadonlyMap<number, string>

  constructor(layout: KeyboardLayout, key: (keysym: number, pressed: boolean) => void) {
    this.layout = layout
    // The types of the package have the class in the place of what it makes.
    this.keyboard = Reflect.construct(OnScreenKeyboard, [layout])
    // Its count of mouse events to overlook after a touch: there are none, for touches are answered for good.
    this.keyboard.touchMouseThreshold = 0
    this.#names = layout.layout.flat()
    const element = this.keyboard.getElement()
    element.lang = layout.language
    this.#buttons = [...element.querySelectorAll<HTMLElement>(KEY)]
    this.#modifierOf = new Map(
      Object.entries(layout.keys).flatMap(([name, [first]]) =>
        first?.modifier && first.keysym !== undefined ? [[first.keysym, name] as const] : [],
      ),
    )
    this.keyboard.onkeydown = (keysym) => {
      const modifier = this.#modifierOf.get(keysym)
      if (modifier) this.#down.add(modifier)
      key(keysym, true)
    }
    this.keyboard.onkeyup = (keysym) => {
      key(keysym, false)
      const modifier = this.#modifierOf.get(keysym)
      if (modifier) this.#down.delete(modifier)
      // A finger cannot hold two: a modifier is for the next key.
      else this.releaseAll()
    }
    this.#dress(element)
    this.#name()
  }

  releaseAll(): void {
    for (const name of [...this.#down]) this.#tap(this.#names.indexOf(name))
  }

  reach(): void {
    for (const [at, button] of this.#buttons.entries()) button.tabIndex = at === this.#stop ? 0 : -1
  }

  #dress(element: HTMLElement): void {
    for (const button of this.#buttons) button.setAttribute('role', 'button')
    this.reach()
    element.addEventListener('keydown', (event) => this.#typed(event))
    for (const type of ['mousedown', 'mouseup', 'touchstart', 'touchend'])
      element.addEventListener(type, () => this.#name())
  }

  /** What each key is now, for those who cannot see it. */
  #name(): void {
    const element = this.keyboard.getElement()
    const active = (modifier: string) => element.classList.contains(`guac-keyboard-modifier-${modifier}`)
    for (const [at, button] of this.#buttons.entries()) {
      const faces = this.layout.keys[this.#names[at] ?? ''] ?? []
      const [face] = faces.filter(({ requires = [] }) => requires.every(active)).slice(-1)
      if (face) describe(button, face, this.layout.spoken[face.title], face.modifier && active(face.modifier))
    }
  }

  /** By keys: arrows go from key to key, Enter and Space press one. */
  #typed(event: KeyboardEvent): void {
    const at = event.target instanceof HTMLElement ? this.#buttons.indexOf(event.target) : -1
    if (at < 0 || event.isComposing) return
    const next = this.#neighbour(at, event.key)
    if (event.key === 'Enter' || event.key === ' ') this.#tap(at)
    else if (next === undefined) return
    else this.#moveTo(next)
    event.preventDefault()
    event.stopPropagation()
  }

  #moveTo(next: number): void {
    this.#stop = next
    this.reach()
    this.#buttons[next]?.focus()
  }

  #neighbour(at: number, key: string): number | undefined {
    if (key === 'ArrowLeft') return Math.max(0, at - 1)
    if (key === 'ArrowRight') return Math.min(this.#buttons.length - 1, at + 1)
    if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined
    return this.#above(at, key === 'ArrowUp' ? -1 : 1)
  }

  /** The key in the next row whose middle is nearest. */
  #above(at: number, rows: -1 | 1): number {
    let row = 0
    let begin = 0
    for (const keys of this.layout.layout) {
      if (at < begin + keys.length) break
      begin += keys.length
      row += 1
    }
    const here = this.#middle(at)
    const start = this.layout.layout.slice(0, row + rows).flat().length
    const length = this.layout.layout[row + rows]?.length ?? 0
    const candidates = Array.from({ length }, (_, index) => start + index)
    return candidates.sort((a, b) => Math.abs(this.#middle(a) - here) - Math.abs(this.#middle(b) - here))[0] ?? at
  }

  #middle(at: number): number {
    const box = this.#buttons[at]?.getBoundingClientRect()
    return box ? box.left + box.width / 2 : 0
  }

  /** As with the mouse, which is what the keyboard of the package knows. */
  #tap(at: number): void {
    for (const type of ['mousedown', 'mouseup'])
      this.#buttons[at]?.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }))
  }
}

function describe(
  button: HTMLElement,
  { title }: LayoutKey,
  spoken: string | undefined,
  pressed: boolean | '' | undefined,
): void {
  button.setAttribute('aria-label', spoken ?? title)
  if (typeof pressed === 'boolean') button.setAttribute('aria-pressed', String(pressed))
}
