import type {
  Appearance,
  Display,
  DisplayEvent,
  DisplayKind,
  DisplayOptions,
  DisplayRegistry,
  FileDoor,
  Transfer,
} from '../display/display.js'
import type { TerminalInfo } from '../wire/schema.js'

/** Which way files may go. */
export type FileWays = Readonly<Record<'upload' | 'download', boolean>>

const NO_FILES: FileWays = { upload: false, download: false }

interface Screen {
  readonly container: HTMLElement
  readonly display: Promise<Display>
  /** Set when its code is loaded and it is in place. */
  shown?: Display
  /** Something was drawn since the lab was built. */
  painted: boolean
  /** The server answers late. */
  late: boolean
  recorded: boolean
  files: FileWays
  /** On their way, or just come to an end. */
  transfers: readonly Transfer[]
}

export interface DisplayHostOptions {
  readonly registry: DisplayRegistry
  /** The name of the lab. */
  readonly lab: () => string
  /** Where the containers go; there is one for each terminal that was shown. */
  readonly room: () => Promise<HTMLElement>
  readonly appearance: () => Appearance
  readonly files: FileDoor
  /** What a display keeps for its life. */
  readonly settings: () => Required<Pick<DisplayOptions, 'scrollback' | 'clipboard' | 'images'>>
  readonly notify: (event: DisplayEvent) => void
  /** A screen came, went or was painted. */
  readonly changed: () => void
}

type Chosen = Required<Pick<DisplayOptions, 'readOnly' | 'protocol'>> & Pick<DisplayOptions, 'hostFiles'>

/** Keeps one screen for each terminal of the lab, one of them in front, so that going back to one shows it at once. */
export class DisplayHost {
  readonly #options: DisplayHostOptions
  readonly #screens = new Map<string, Screen>()
  #front: Screen | undefined
  #looks = ''

  constructor(options: DisplayHostOptions) {
    this.#options = options
  }

  /** The display in front, once its code is loaded. */
  get display(): Display | undefined {
    return this.#front?.shown
  }

  get painted(): boolean {
    return this.#front?.painted ?? false
  }

  get late(): boolean {
    return this.#front?.late ?? false
  }

  get recorded(): boolean {
    return this.#front?.recorded ?? false
  }

  get fileWays(): FileWays {
    return this.#front?.files ?? NO_FILES
  }

  get transfers(): readonly Transfer[] {
    return this.#front?.transfers ?? []
  }

  /** Takes a transfer that has come to an end off the list. */
  forget(id: number): void {
    if (this.#front) this.#front.transfers = this.#front.transfers.filter((transfer) => transfer.id !== id)
  }

  /** Brings a terminal to the front; its display is made when it is shown for the first time. */
  show(terminal: TerminalInfo, kind: DisplayKind, readOnly: boolean): Promise<Display> {
    const key = `${kind} ${terminal.name}`
    const { name, protocol, files } = terminal
    const hostFiles = files && { lab: this.#options.lab(), terminal: name, ...files }
    const chosen = { readOnly, protocol, ...(hostFiles && { hostFiles }) }
    const screen = this.#screens.get(key) ?? this.#open(key, kind, chosen)
    if (screen !== this.#front) {
      this.#front = screen
      for (const { container } of this.#screens.values()) container.hidden = container !== screen.container
      this.#options.changed()
    }
    return screen.display
  }

  /** Fetches the code of a display that will soon be shown, while the lab is being made. */
  prepare(kind: DisplayKind): void {
    // Where it cannot be fetched now, the connection will say so.
    if (this.#options.registry.has(kind)) this.#options.registry.load(kind).catch(() => undefined)
  }

  /** Passes the looks on where they changed. */
  update(): void {
    const looks = JSON.stringify(this.#options.appearance())
    if (looks === this.#looks) return
    this.#looks = looks
    for (const { shown } of this.#screens.values()) shown?.update(this.#options.appearance())
  }

  /** Empties the room: another lab, or none. */
  clear(): void {
    for (const [key, screen] of this.#screens) this.#close(key, screen)
  }

  #open(key: string, kind: DisplayKind, chosen: Chosen): Screen {
    const container = document.createElement('div')
    container.className = 'screen'
    const display = this.#load(key, () => screen, kind, chosen)
    const screen: Screen = {
      container,
      painted: false,
      late: false,
      recorded: false,
      files: NO_FILES,
      transfers: [],
      display,
    }
    this.#screens.set(key, screen)
    // A display whose code could not be fetched is asked for again at the next connection.
    screen.display.catch(() => this.#close(key, screen))
    return screen
  }

  async #load(key: string, self: () => Screen, kind: DisplayKind, chosen: Chosen): Promise<Display> {
    const [create, room] = await Promise.all([this.#options.registry.load(kind), this.#options.room()])
    const screen = self()
    if (this.#screens.get(key) !== screen) throw new Error('the screen is not wanted any more')
    room.append(screen.container)
    screen.shown = create({
      container: screen.container,
      appearance: this.#options.appearance(),
      ...chosen,
      ...this.#options.settings(),
      files: this.#options.files,
      notify: (event) => this.#heard(screen, event),
    })
    this.#options.changed()
    return screen.shown
  }

  #heard(screen: Screen, event: DisplayEvent): void {
    if (event.type === 'ready') leaveOutOfTabOrder(screen.container)
    if (tell(screen, event)) this.#options.changed()
    if (screen === this.#front) this.#options.notify(event)
  }

  #close(key: string, screen: Screen): void {
    if (this.#screens.get(key) !== screen) return
    this.#screens.delete(key)
    if (this.#front === screen) this.#front = undefined
    screen.shown?.dispose()
    screen.container.remove()
    this.#options.changed()
  }
}

/** Notes what a link tells about itself; answers whether that is news. */
function tell(screen: Screen, event: DisplayEvent): boolean {
  const { painted, late, recorded } = screen
  switch (event.type) {
    case 'ready':
      screen.painted = true
      screen.late = false
      break
    case 'quality':
      screen.late = event.late
      break
    case 'recorded':
      screen.recorded = true
      break
    case 'files':
      screen.files = { upload: event.upload, download: event.download }
      return true
    case 'transfer':
      screen.transfers = withTransfer(screen.transfers, event.transfer)
      return true
    case 'closed':
      screen.late = false
      screen.recorded = false
      screen.files = NO_FILES
      break
    default:
      return false
  }
  return painted !== screen.painted || late !== screen.late || recorded !== screen.recorded
}

/** The frame around the terminal is the stop for Tab; one inside would be a second one that swallows Tab. */
function leaveOutOfTabOrder(container: HTMLElement): void {
  for (const stop of container.querySelectorAll<HTMLElement>('textarea, iframe, [tabindex="0"]')) stop.tabIndex = -1
}

/** In the order of their last news; what was not wanted needs no more words. */
function withTransfer(transfers: readonly Transfer[], news: Transfer): readonly Transfer[] {
  const others = transfers.filter(({ id }) => id !== news.id)
  return news.state === 'cancelled' ? others : [...others, news]
}
