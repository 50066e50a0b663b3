/** What the person types, pastes and presses in the terminal: for the shell, for the page around it, or for nobody. */
import type { DisplayOptions } from '../display.js'
import type { Platform } from '../platform.js'
import { cleanPastes } from './clipboard.js'
import { binaryBytes, linesToAskAbout, textBytes } from './input.js'
import { type KeyOwner, keyOwner } from './keys.js'
import { isFocusReport, QuerySilencer } from './queries.js'
import type { Screen } from './screen.js'

export interface TypingOptions {
  readonly screen: Screen
  readonly platform: Platform
  readonly notify: DisplayOptions['notify']
  readonly hasShell: () => boolean
  /** To the shell; `used`: by the person, and not by the terminal for them. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>, used: boolean) => void
}

export class Typing {
  readonly #options: TypingOptions
  readonly #queries: QuerySilencer
  #held: readonly string[] = []

  constructor(options: TypingOptions) {
    const { screen, notify } = options
    const { terminal, host, signal } = screen
    this.#options = options
    this.#queries = new QuerySilencer(terminal)
    terminal.onData((data) => this.#typed(data))
    terminal.onBinary((data) => options.send(binaryBytes(data), true))
    cleanPastes(host, (text) => this.#pasted(text), signal)
    terminal.attachCustomKeyEventHandler((event) => this.#key(event))
    // Selecting, scrolling and reading are not bytes for the shell, but somebody is there.
    host.addEventListener('pointerdown', () => notify({ type: 'input' }), { signal })
    host.addEventListener('keydown', () => this.#isReadOnly && notify({ type: 'input' }), { signal, capture: true })
    signal.addEventListener('abort', () => this.#queries.dispose())
  }

  /** These modifiers go with the next key. */
  hold(modifiers: readonly string[]): void {
    this.#held = modifiers
  }

  get #isReadOnly(): boolean {
    return this.#options.screen.terminal.options.disableStdin === true
  }

  #typed(data: string): void {
    const { screen, notify, hasShell, send } = this.#options
    if (this.#queries.isAnswer(data)) return
    if (isFocusReport(data)) {
      send(textBytes(data), false)
      return
    }
    if (data === '\r' && !hasShell()) {
      notify({ type: 'again' })
      return
    }
    const held = this.#held
    const text = screen.extras?.withModifiers(data, held) ?? data
    screen.extras?.typed(text)
    send(textBytes(text), true)
    if (held.length === 0) return
    this.#held = []
    notify({ type: 'released' })
  }

  #pasted(text: string): void {
    const { terminal } = this.#options.screen
    const accept = () => terminal.paste(text)
    const lines = this.#isReadOnly ? undefined : linesToAskAbout(text, terminal.modes.bracketedPasteMode)
    if (lines === undefined) accept()
    else this.#options.notify({ type: 'paste', text, lines, accept })
  }

  /** Answers xterm whether the key is for the shell. */
  #key(event: KeyboardEvent): boolean {
    const owner = keyOwner(event, {
      platform: this.#options.platform,
      readOnly: this.#isReadOnly,
      hasSelection: this.#options.screen.terminal.hasSelection(),
    })
    if (owner === 'shell') return true
    if (owner === 'page' || event.type !== 'keydown') return false
    event.preventDefault()
    event.stopPropagation()
    this.#obey(owner)
    return false
  }

  #obey(owner: Exclude<KeyOwner, 'shell' | 'page'>): void {
    const { notify, screen } = this.#options
    switch (owner) {
      case 'leave':
      case 'search':
        notify({ type: owner })
        return
      case 'larger':
        notify({ type: 'text-size', change: 1 })
        return
      case 'smaller':
        notify({ type: 'text-size', change: -1 })
        return
      case 'usual-size':
        notify({ type: 'text-size', change: 0 })
        return
      case 'copy':
      case 'copy-once':
        screen.extras?.copy(screen.terminal.getSelection())
        if (owner === 'copy-once') screen.terminal.clearSelection()
        return
      default:
        owner satisfies never
    }
  }
}
