import type { State } from '../../core/state.js'
import type { KeyboardWords, Transfer } from '../../display/display.js'
import type { TerminalInfo } from '../../wire/schema.js'
import type { FileWays } from '../display-host.js'
import type { Format } from '../format.js'
import type { Switch } from '../preferences.js'
import type { ToolCommands, Tools } from '../terminal-tools.js'
import type { FolderPicker } from './folders.js'

/** What stands in front of the lab and wants an answer first. */
export type Dialog = 'reset' | 'keys' | 'window' | 'download' | 'paste'

/** Everything the views may know. They hold nothing and decide nothing. */
export interface View {
  readonly state: State
  /** Page time, milliseconds since the epoch. */
  readonly now: number
  /** How long the lab is in its phase, milliseconds, by the server's clock. */
  readonly elapsed: number
  /** Page time of an instant of the server. */
  readonly pageTime: (instant: string) => number
  readonly format: Format
  /** Language of the words. */
  readonly language: string
  /** `dark`, `light` or a named scheme. */
  readonly scheme: string
  /** What the learner chose; empty where the page decides. */
  readonly chosenScheme: string
  /** Title of the lab, for people. */
  readonly title: string
  /** Accessible name of the whole element. */
  readonly label: string
  readonly terminals: readonly TerminalInfo[]
  readonly terminal: string
  /** There is a last screen to show. */
  readonly painted: boolean
  /** The server answers the terminal late. */
  readonly late: boolean
  /** What is done in the terminal is recorded. */
  readonly recorded: boolean
  /** What draws the terminal takes pictures, and fingers, too. */
  readonly desktop: boolean
  /** A touch screen moves the pointer of a desktop as a touchpad does. */
  readonly touchpad: boolean
  /** Keys that a touch screen has not are shown. */
  readonly touchKeys: boolean
  readonly canOpenWindow: boolean
  /** Which way files may go. */
  readonly files: FileWays
  readonly transfers: readonly Transfer[]
  /** The folders of the lab, where the dialog for a download shows them. */
  readonly folders: FolderPicker | undefined
  /** Path that the menu offers for a download, and its dialog begins with. */
  readonly path: string | undefined
  readonly wakesByItself: boolean
  readonly fontSize: number
  readonly screenReader: boolean
  readonly localEcho: boolean
  readonly fullScreen: boolean
  readonly canFullScreen: boolean
  readonly canReset: boolean
  readonly menuOpen: boolean
  readonly dialog: Dialog | undefined
  /** Seconds that were left when the idle prompt appeared, and whether the live region says it (else focus does). */
  readonly prompt: { readonly seconds: number; readonly spoken: boolean }
  /** The terminal has the keyboard. */
  readonly entered: boolean
  /** A screen reader is told the way out of the terminal. */
  readonly hinted: boolean
  readonly leaveKeys: string
  /** Keyboards where Command does what Control does elsewhere. */
  readonly apple: boolean
  readonly tools: Tools
  readonly toolCommands: ToolCommands
  readonly commands: Commands
}

export interface Commands {
  launch(): void
  resume(): void
  /** Whatever may help after a failure. */
  retry(): void
  /** At the course site, in a window: only within a click. */
  signIn(): void
  suspend(): void
  reset(): void
  reconnect(): void
  extend(): void
  newShell(): void
  enter(): void
  entered(entered: boolean): void
  selectTerminal(name: string): void
  resizeText(by: number): void
  toggle(name: Switch): void
  chooseScheme(name: string): void
  search(): void
  paste(): void
  toggleFullScreen(): void
  openWindow(): void
  toggleKeyboard(words: KeyboardWords): void
  upload(files: readonly File[]): void
  download(path: string): void
  /** Asks which file; the path is a suggestion. */
  askDownload(path: string | undefined): void
  /** Ends a transfer, or takes it off the list. */
  dropTransfer(transfer: Transfer): void
  /** Does once more what failed. */
  againTransfer(transfer: Transfer): void
  /** What the lab printed, in a window of its own. */
  openDocument(transfer: Transfer): void
  saveDocument(transfer: Transfer): void
  toggleMenu(): void
  closeMenu(): void
  ask(dialog: Dialog): void
  dismiss(): void
  /** Something outside the views changed, as the full screen. */
  changed(): void
}

/** The terminal can be read and used; else it only lies there, dimmed. */
export function isLive({ state, painted }: View): boolean {
  return state.name === 'connected' || (state.name === 'reconnecting' && painted)
}

/** The last screen still says something about this lab: not when another one is being built in its place. */
export function showsScreen({ state, painted }: View): boolean {
  if (!painted) return false
  const lab = 'lab' in state ? state.lab : undefined
  return lab !== undefined && !['absent', 'queued', 'launching', 'resetting', 'deleting'].includes(lab.phase)
}
