/**
 * Frames of xterm in a flood of output: as many as a person needs to see that it runs, and no more. A frame costs the
 * browser several times what the output in it costs to parse, nobody can read those of a flood, and a key in it would
 * wait for them. Where there is no flood, or nothing else to do, no frame waits.
 */
import type { Terminal } from '@xterm/xterm'
import { member } from './internals.js'

/** From one frame of a flood to the next (ms): eight a second look alive. */
const FLOOD_FRAME_MS = 125
/** For so long after a key (ms), its answer is not kept waiting: frames come at the browser's own pace. */
const ANSWER_MS = 250
/** A wait as short as this (ms) is the browser's own. */
const FRAME_MS = 16
/** How often (ms) it is looked whether the output has come to rest. */
const LOOK_MS = 8
/** No frame of the browser's own has this number. */
const OWN = -1
/** More bytes since the last frame than this many for each cell are no screen that a program draws, but a flood. */
const FLOOD = 4

/** The part of a window that xterm asks for frames. */
export interface Frames {
  requestAnimationFrame(callback: FrameRequestCallback): number
  cancelAnimationFrame(id: number): void
}

/** Says when frames come. */
export interface Frequency {
  /** What is parsed now would not be painted yet. */
  readonly isAhead: boolean
}

export interface Output {
  /** Bytes of output so far. */
  readonly given: number
  /** All of them are parsed. */
  readonly isIdle: boolean
  /** What comes may wait for a frame from now on. */
  follow(frames: Frequency): void
}

/** What the frames show. */
export interface Flow extends Pick<Output, 'given' | 'isIdle'> {
  readonly cells: number
}

export class Pace implements Frames, Frequency {
  readonly #flow: Flow
  #painted = Number.NEGATIVE_INFINITY
  /** What was given when the last frame began. */
  #shown = 0
  #typed = Number.NEGATIVE_INFINITY
  #frame: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(flow: Flow) {
    this.#flow = flow
    this.#shown = flow.given
  }

  get isAhead(): boolean {
    return this.#wait > FRAME_MS
  }

  /** One at a time, as xterm asks. */
  requestAnimationFrame(callback: FrameRequestCallback): number {
    this.#askWhenDue(this.#flow.given, callback)
    return OWN
  }

  /** The person typed. */
  typed(): void {
    this.#typed = performance.now()
  }

  /** Another frame than ours was asked of the window before its pace was ours. */
  cancelAnimationFrame(id: number): void {
    if (id !== OWN) {
      cancelAnimationFrame(id)
      return
    }
    clearTimeout(this.#timer)
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = this.#timer = undefined
  }

  /** `before`: what was given when it was looked last. */
  #askWhenDue(before: number, callback: FrameRequestCallback, isRest = false): void {
    const wait = this.#wait
    if (isRest || wait <= FRAME_MS) {
      this.#ask(callback)
      return
    }
    const look = () => {
      const { given, isIdle } = this.#flow
      this.#askWhenDue(given, callback, isIdle && given === before)
    }
    this.#timer = setTimeout(look, Math.min(wait, LOOK_MS))
  }

  /** How long (ms) a frame has to wait, unless the output comes to rest before. */
  get #wait(): number {
    const now = performance.now()
    const isFlood = this.#flow.given - this.#shown > FLOOD * this.#flow.cells
    return isFlood && now - this.#typed >= ANSWER_MS ? this.#painted + FLOOD_FRAME_MS - now : 0
  }

  #ask(callback: FrameRequestCallback): void {
    this.#frame = requestAnimationFrame((time) => {
      this.#painted = performance.now()
      this.#shown = this.#flow.given
      callback(time)
    })
  }
}

/** Frames of this terminal come at such a pace from now on. */
export function pace(terminal: Terminal, output: Output): void {
  const debouncer = member(terminal, '_core', '_renderService', '_renderDebouncer')
  const service = member(debouncer, '_coreBrowserService')
  if (isObject(debouncer) && isObject(service)) {
    const frames = new Pace({
      get given() {
        return output.given
      },
      get isIdle() {
        return output.isIdle
      },
      get cells() {
        return terminal.cols * terminal.rows
      },
    })
    Reflect.set(debouncer, '_coreBrowserService', { window: frames })
    terminal.onData(() => frames.typed())
    output.follow(frames)
  }
  spareSelection(terminal)
}

/** At each scroll xterm draws all rows a second time, for a selection that may have moved, and so where there is none. */
function spareSelection(terminal: Terminal): void {
  const selection = member(terminal, '_core', '_selectionService')
  const refresh = member(selection, 'refresh')
  if (!isObject(selection) || typeof refresh !== 'function') return
  let had = terminal.hasSelection()
  Reflect.set(selection, 'refresh', (...values: unknown[]) => {
    const has = terminal.hasSelection()
    if (has || had) Reflect.apply(refresh, selection, values)
    had = has
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
