/**
 * Questions that programs ask the terminal. Only the server's headless xterm answers them: an answer from a page would
 * come twice with two tabs, and again at each replay. Reports of what the person does (keys, pointer, focus) go out.
 */
import type { IDisposable, Terminal } from '@xterm/xterm'

/** CSI queries by their function identifier (ECMA-48; xterm “Control Sequences”). */
const CSI_QUERIES = [
  { final: 'c' }, // DA1
  { prefix: '>', final: 'c' }, // DA2
  { prefix: '=', final: 'c' }, // DA3
  { final: 'n' }, // DSR, CPR
  { prefix: '?', final: 'n' }, // DECDSR, DECXCPR, colour scheme
  { final: 'x' }, // DECREQTPARM
  { intermediates: '$', final: 'p' }, // DECRQM, ANSI modes
  { prefix: '?', intermediates: '$', final: 'p' }, // DECRQM, private modes
  { prefix: '>', final: 'q' }, // XTVERSION
  { prefix: '?', final: 'u' }, // kitty keyboard flags
] as const

/** Colour sequences that set, or ask where a value is `?`. */
const OSC_COLOURS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]

/** `CSI Ps t` that ask for a report; the others (title stack) change something. */
const WINDOW_REPORTS: ReadonlySet<unknown> = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21])
const FOCUS_REPORTING = 1004

export class QuerySilencer {
  readonly #handlers: IDisposable[]
  #focusAnswers = 0

  constructor({ parser }: Terminal) {
    this.#handlers = [
      ...CSI_QUERIES.map((id) => parser.registerCsiHandler(id, () => true)),
      parser.registerCsiHandler({ final: 't' }, ([kind]) => WINDOW_REPORTS.has(kind)),
      parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true), // DECRQSS
      parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true), // XTGETTCAP
      ...OSC_COLOURS.map((id) => parser.registerOscHandler(id, (data) => data.split(';').includes('?'))),
      parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) => this.#expectFocusAnswers(modes)),
    ]
  }

  /** True for xterm's instant answer to switching focus reports on; a change of focus is told as it happens. */
  isAnswer(data: string): boolean {
    if (this.#focusAnswers === 0 || !isFocusReport(data)) return false
    this.#focusAnswers--
    return true
  }

  dispose(): void {
    for (const handler of this.#handlers.splice(0)) handler.dispose()
  }

  #expectFocusAnswers(modes: (number | number[])[]): boolean {
    this.#focusAnswers = modes.filter((mode) => mode === FOCUS_REPORTING).length
    // xterm answers while it parses, or not at all where input is off: what comes later is the person's.
    if (this.#focusAnswers > 0) queueMicrotask(() => (this.#focusAnswers = 0))
    return false
  }
}

/** xterm tells that the terminal gained or lost focus, where the program asked for it. */
export function isFocusReport(data: string): boolean {
  return data === '\x1b[I' || data === '\x1b[O'
}
