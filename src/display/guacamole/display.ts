/** A screen that guacd draws: it stays for the life of the element, links to the server come and go. */
import type { Client } from 'guacamole-common-js'
import { LabError } from '../../wire/problems.js'
import type { Ticket } from '../../wire/schema.js'
import type { Appearance, Display, DisplayOptions, FolderEntry, KeyboardWords } from '../display.js'
import { LocalClipboard, receive, sendData, sendText } from './clipboard.js'
import { connectData } from './connect-data.js'
import { LabFiles, saveByBrowser } from './files.js'
import { Following } from './following.js'
import { LabKeyboard } from './keyboard.js'
import { keysymOf, pasteChord } from './keysyms.js'
import { LazyKeyboard } from './lazy-keyboard.js'
import { Link, type LinkEvent } from './link.js'
import { LabPointer } from './pointer.js'
import { browserPorts, type GuacamolePorts } from './ports.js'
import { Screen } from './screen.js'
import { LabSound } from './sound.js'
import { LabTouch } from './touch.js'

/** A display that speaks the Guacamole protocol. `ports` are the browser's unless a test brings its own. */
export function createGuacamoleDisplay(options: DisplayOptions, ports: GuacamolePorts = browserPorts()): Display {
  return new GuacamoleDisplay(options, ports)
}

class GuacamoleDisplay implements Display {
  readonly kind = 'guacamole'
  readonly #options: DisplayOptions
  readonly #ports: GuacamolePorts
  readonly #screen: Screen
  readonly #keyboard: LabKeyboard
  readonly #keys: LazyKeyboard
  readonly #pointer: LabPointer
  readonly #touch: LabTouch
  readonly #clipboard: LocalClipboard
  readonly #files: LabFiles | undefined
  readonly #sound = new LabSound()
  readonly #following: Following
  #link: Link | undefined
  /** Its last frame is what the screen shows; it may have ended. */
  #shown: Link | undefined

  constructor(options: DisplayOptions, ports: GuacamolePorts) {
    const { container, appearance, notify } = options
    this.#options = options
    this.#ports = ports
    const screen = new Screen({ container, appearance, resized: () => this.#following.resizeSoon() })
    const { host, field, surface, signal } = screen
    this.#screen = screen
    const { protocol } = options
    this.#following = new Following({ screen, ports, protocol, client: () => this.#writable?.client })
    this.#clipboard = new LocalClipboard({ host, field, signal, now: ports.now })
    const { files: door } = options
    this.#files = door && new LabFiles({ door, ports, notify, save: saveByBrowser })
    const key = (keysym: number, pressed: boolean) => this.#writable?.client.sendKeyEvent(pressed ? 1 : 0, keysym)
    this.#keys = new LazyKeyboard({
      container,
      host,
      field,
      key: (keysym, pressed) => {
        this.#used()
        key(keysym, pressed)
      },
      changed: () => notify({ type: 'keyboard' }),
    })
    this.#keyboard = new LabKeyboard({
      host,
      field,
      ports,
      signal,
      key,
      leave: () => notify({ type: 'leave' }),
      used: () => this.#used(),
      pasted: async (data) => this.#writable && sendData(this.#writable.client, data),
      pasteChord: pasteChord(protocol),
    })
    const listening = () => this.#writable !== undefined
    const pressed = () => {
      screen.focus()
      this.#used()
    }
    this.#pointer = new LabPointer({ surface, signal, listening, pressed, moved: (state) => this.#point(state, false) })
    this.#touch = new LabTouch({ surface, focused: () => screen.focused, moved: (state) => this.#point(state, true) })
    this.#touch.set(appearance.touchpad ?? false)
    field.addEventListener('blur', () => this.#pointer.reset(), { signal })
  }

  connect(ticket: Ticket, signal: AbortSignal): void {
    if (this.#screen.signal.aborted) return
    this.#drop()
    this.#link = new Link({
      ticket,
      signal,
      ports: this.#ports,
      connectData: () => connectData(this.#screen.wanted),
      prepare: (client) => this.#prepare(client),
      notify: (event) => this.#hear(event),
    })
  }

  update(appearance: Appearance): void {
    if (this.#screen.signal.aborted) return
    this.#screen.update(appearance)
    this.#touch.set(appearance.touchpad ?? false)
    this.#following.dress()
  }

  focus(): void {
    this.#screen.focus()
  }

  send(text: string): void {
    if (this.#writable) this.#keyboard.type(text)
  }

  paste(text: string): void {
    if (!this.#writable || text === '') return
    sendText(this.#writable.client, text)
    this.#keyboard.paste()
  }

  press(keys: readonly string[]): void {
    if (this.#writable) this.#keyboard.tap(keys.flatMap((name) => keysymOf(name) ?? []))
  }

  get keyboardShown(): boolean | undefined {
    return this.#options.readOnly || this.#link?.readOnly ? undefined : this.#keys.shown
  }

  toggleKeyboard(words: KeyboardWords): void {
    this.#keys.toggle(words)
  }

  upload(files: readonly File[]): void {
    const link = this.#writable
    if (link) for (const file of files) this.#files?.upload(link, file)
  }

  download(path: string): void {
    if (this.#writable) this.#files?.download(this.#writable, path)
  }

  async list(path: string): Promise<readonly FolderEntry[]> {
    if (!this.#writable || !this.#files) throw new LabError('link/lost')
    return await this.#files.list(path)
  }

  cancelTransfer(id: number): void {
    this.#files?.cancel(id)
  }

  getText(): string {
    return ''
  }

  dispose(): void {
    this.#drop()
    this.#shown?.dispose()
    this.#shown = undefined
    this.#keys.hide()
    this.#screen.dispose()
  }

  /** The link, where it takes what a person does. */
  get #writable(): Link | undefined {
    const link = this.#link
    return link?.isOpen && !link.readOnly && !this.#options.readOnly ? link : undefined
  }

  /** The picture of a link that was shown stays until there is another one. */
  #drop(): void {
    const link = this.#link
    this.#files?.stop()
    this.#link = undefined
    if (link === this.#shown) link?.abort()
    else link?.dispose()
    this.#keyboard.listen(false)
    this.#keys.release()
    this.#following.stop()
  }

  /** Somebody is there. */
  #used(): void {
    this.#sound.used()
    this.#options.notify({ type: 'input' })
  }

  #prepare(client: Client): void {
    this.#sound.attach(client)
    this.#files?.attach(client, () => this.#link)
    client.onclipboard = (stream, type) => {
      const fresh = this.#link?.isOpen ?? false
      receive(stream, type, (copied) => this.#clipboard.take(copied, fresh))
    }
  }

  #hear(event: LinkEvent): void {
    const { notify } = this.#options
    const link = this.#link
    if (!link) return
    switch (event.type) {
      case 'ready':
        this.#shown?.dispose()
        this.#shown = link
        this.#screen.show(link.client.getDisplay())
        this.#keyboard.listen(this.#writable !== undefined)
        this.#following.resize()
        notify({ type: 'ready', readOnly: link.readOnly || this.#options.readOnly })
        this.#keys.reach()
        return
      case 'closed':
        this.#drop()
        notify(event)
        return
      case 'crossing':
        this.#files?.allow(event.files)
        return
      case 'pointer-hidden':
        this.#screen.hidePointer()
        return
      default:
        notify(event)
    }
  }

  #point(state: Parameters<Client['sendMouseState']>[0], finger: boolean): void {
    const client = this.#writable?.client
    if (!client) return
    // A finger hides where it points; the mouse has a pointer of its own, which the lab draws.
    client.getDisplay().showCursor(finger)
    client.sendMouseState(state, true)
  }
}
