/** The keyboard of the lab: only what is typed in its own field, never a key of the page around it. */
import { Keyboard } from 'guacamole-common-js'
import { keyMeaning } from './keys.js'
import { KEYSYM, keysymsOf } from './keysyms.js'
import type { GuacamolePorts } from './ports.js'

/** How long (ms) a browser may take to paste before the key goes to the lab without it. */
const PASTE_MS = 150
/** A soft keyboard tells of Backspace only where there is something to take away. */
const FILL = '\u200b'

export interface KeyboardOptions {
  /** Holds the field; it sees each key before the field does. */
  readonly host: HTMLElement
  readonly field: HTMLTextAreaElement
  readonly ports: GuacamolePorts
  readonly signal: AbortSignal
  readonly key: (keysym: number, pressed: boolean) => void
  readonly leave: () => void
  /** Somebody is there. */
  readonly used: () => void
  /** Puts what was pasted on the lab's clipboard; the keys that paste it follow. */
  readonly pasted: (data: DataTransfer) => Promise<void>
  /** The keys that paste in the lab. */
  readonly pasteChord: readonly number[]
}

export class LabKeyboard {
  readonly #options: KeyboardOptions
  readonly #keyboard: Keyboard
  #listening = false
  readonly #held = new Set<number>()
  /** The key that waits for the browser to paste; the modifiers are down in the lab. */
  #pasting: { keysym: number | undefined; timer: number } | undefined

  constructor(options: KeyboardOptions) {
    this.#options = options
    this.#listen()
    // After our own listeners, and on the field alone.
    this.#keyboard = new Keyboard(options.field)
    options.signal.addEventListener('abort', () => this.listen(false))
  }

  /** Whether keys are the lab's at all: while it cannot be typed in, they stay the page's. */
  listen(listening: boolean): void {
    const { key } = this.#options
    this.#dropPaste()
    for (const keysym of Object.keys(this.#keyboard.pressed)) this.#held.add(Number(keysym))
    this.#keyboard.reset()
    this.#keyboard.onkeyup = listening ? (keysym) => key(keysym, false) : null
    this.#keyboard.onkeydown = listening ? (keysym) => this.#pressed(keysym) : null
    this.#listening = listening
    if (listening) this.#release()
  }

  /** Lets go of every key that is down. */
  reset(): void {
    this.#keyboard.reset()
  }

  type(text: string): void {
    for (const keysym of keysymsOf(text)) this.tap([keysym])
  }

  /** Presses the keys one after the other and lets them go in turn. */
  tap(keysyms: readonly number[]): void {
    for (const keysym of keysyms) this.#options.key(keysym, true)
    for (const keysym of [...keysyms].reverse()) this.#options.key(keysym, false)
  }

  paste(): void {
    this.tap(this.#options.pasteChord)
  }

  /** What was down as an earlier link was cut is still down in the lab, which was kept. */
  #release(): void {
    for (const keysym of [...MODIFIERS, ...this.#held]) this.#options.key(keysym, false)
    this.#held.clear()
  }

  #listen(): void {
    const { host, field, signal } = this.#options
    const first = { capture: true, signal }
    host.addEventListener('keydown', (event) => this.#down(event), first)
    host.addEventListener('paste', (event) => this.#paste(event), first)
    host.addEventListener('beforeinput', (event) => this.#beforeInput(event), first)
    host.addEventListener('input', (event) => this.#input(event), first)
    host.addEventListener('compositionend', (event) => this.#composed(event), first)
    field.addEventListener('blur', () => this.reset(), { signal })
    field.addEventListener('focus', () => this.#refill(), { signal })
  }

  /** False: the browser does nothing of its own with the key. */
  #pressed(keysym: number): boolean {
    this.#options.key(keysym, true)
    return false
  }

  #down(event: KeyboardEvent): void {
    const { ports, leave, used } = this.#options
    used()
    if (event.isComposing) return
    const meaning = keyMeaning(event, { platform: ports.platform, listening: this.#listening })
    switch (meaning.for) {
      case 'lab':
        return
      case 'page':
        if (this.#listening) this.#hide(event)
        return
      case 'paste':
        this.#hide(event)
        this.#awaitPaste(
          ports.platform === 'apple' ? undefined : event.key === 'Insert' ? KEYSYM.insert : keysymsOf(event.key)[0],
        )
        return
      case 'leave':
        event.preventDefault()
        event.stopPropagation()
        this.reset()
        leave()
        return
      case 'command':
        event.preventDefault()
        this.#hide(event)
        this.tap([KEYSYM.control, ...keysymsOf(meaning.letter)])
        return
      default:
        meaning satisfies never
    }
  }

  #awaitPaste(keysym: number | undefined): void {
    this.#dropPaste()
    const timer = this.#options.ports.setTimeout(() => {
      this.#pasting = undefined
      this.#finishPaste(keysym)
    }, PASTE_MS)
    this.#pasting = { keysym, timer }
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault()
    event.stopPropagation()
    if (!this.#listening || !event.clipboardData) return
    const keysym = this.#pasting?.keysym
    this.#dropPaste()
    void this.#options.pasted(event.clipboardData).then(() => this.#finishPaste(keysym))
  }

  /** The modifiers of a key that was pressed are down in the lab. */
  #finishPaste(keysym: number | undefined): void {
    if (!this.#listening) return
    if (keysym === undefined) this.paste()
    else this.tap([keysym])
  }

  #dropPaste(): void {
    if (this.#pasting) this.#options.ports.clearTimeout(this.#pasting.timer)
    this.#pasting = undefined
  }

  /** Of soft keyboards: real ones were answered as keys. */
  #beforeInput(event: InputEvent): void {
    if (event.isComposing) return
    const key = SOFT_KEYS.get(event.inputType)
    if (key === undefined) return
    event.preventDefault()
    if (this.#listening) this.tap([key])
  }

  #input(event: Event): void {
    this.#hide(event)
    if (!(event instanceof InputEvent) || event.isComposing) return
    if (event.inputType === 'insertText') this.#typed(event.data)
    this.#refill()
  }

  #composed(event: CompositionEvent): void {
    this.#hide(event)
    this.#typed(event.data)
    this.#refill()
  }

  #typed(text: string | null): void {
    if (text && this.#listening) this.type(text)
  }

  #refill(): void {
    const { field } = this.#options
    field.value = matchMedia('(pointer: coarse)').matches ? FILL : ''
  }

  /** Guacamole's own listeners on the field do not see it. */
  #hide(event: Event): void {
    event.stopPropagation()
  }
}

/** Shift, Control, Alt, Meta, Super and AltGr, left and right. */
const MODIFIERS = [0xffe1, 0xffe2, 0xffe3, 0xffe4, 0xffe7, 0xffe8, 0xffe9, 0xffea, 0xffeb, 0xffec, 0xfe03]

const SOFT_KEYS: ReadonlyMap<string, number> = new Map([
  ['deleteContentBackward', KEYSYM.backspace],
  ['insertLineBreak', KEYSYM.enter],
  ['insertParagraph', KEYSYM.enter],
])
