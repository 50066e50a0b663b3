/**
 * What the line under the cursor will look like once the host has answered the keys that were typed since. Pure. Predicts
 * nothing but characters and Backspace at the end of a line, and shows none of it before one of them was really echoed:
 * not at a question for a password, and not in a program that takes letters as commands.
 */

/** The line under the cursor as the terminal has it. */
export interface Truth {
  /** The column of the cursor, from 0. */
  readonly x: number
  readonly cols: number
  /** The text of the line from a column on. */
  readonly from: (x: number) => string
}

export interface Cell {
  readonly text: string
  readonly width: number
}

/** What to draw over the line: its cells from a column on; `erased` columns behind them are blank. */
export interface Overlay {
  readonly x: number
  readonly cells: readonly Cell[]
  readonly erased: number
}

export type Key =
  | { readonly type: 'print'; readonly cell: Cell }
  | { readonly type: 'erase' }
  | { readonly type: 'other' }

type Cells = readonly Cell[]

const widthOf = (cells: Cells) => cells.reduce((sum, { width }) => sum + width, 0)
const textOf = (cells: Cells) => cells.map(({ text }) => text).join('')

/** Of one line: it begins with a key at some place, and is over when the truth does not follow it. */
export class PredictedLine {
  readonly #start: number
  /** The first is true; each further one is what the line is after one key more, and when (ms) that was pressed. */
  #states: { readonly cells: Cells; readonly at: number }[] = [{ cells: [], at: 0 }]
  #echoes = false
  /** A key whose effect nobody can tell was pressed behind the others. */
  #closed = false

  private constructor(start: number) {
    this.#start = start
  }

  /** Undefined where something stands behind the cursor: it would have to move, or be overwritten. */
  static begin({ x, from }: Truth): PredictedLine | undefined {
    return from(x).trim() === '' ? new PredictedLine(x) : undefined
  }

  /** Keys wait for the truth. */
  get pending(): boolean {
    return this.#states.length > 1
  }

  /** When the oldest of them was pressed. */
  get since(): number | undefined {
    return this.#states[1]?.at
  }

  /** The host echoes here. */
  get echoes(): boolean {
    return this.#echoes
  }

  press(key: Key, cols: number, at: number): void {
    if (this.#closed) return
    const cells = this.#states.at(-1)?.cells ?? []
    const next = key.type === 'print' ? [...cells, key.cell] : key.type === 'erase' ? cells.slice(0, -1) : undefined
    // Where the line ends, what happens is the program's choice.
    if (!next || next.length === cells.length || this.#start + widthOf(next) >= cols) this.#closed = true
    else this.#states.push({ cells: next, at })
  }

  /**
   * The truth changed, on the same line. Answers how many milliseconds the echo took that it brought, if it brought one,
   * or that the line is over.
   */
  follow(truth: Truth, now: number): { readonly over: boolean; readonly echoMs?: number } {
    const reached = this.#states.map(({ cells }) => this.#is(cells, truth)).lastIndexOf(true)
    const [before, state] = [this.#states[0], this.#states[reached]]
    if (!before || !state) return { over: true }
    this.#states.splice(0, reached)
    // Nothing of it came, although something did: behind a key that may do anything, nobody knows what that was.
    if (this.#closed && (reached === 0 || !this.pending)) return { over: true }
    if (state.cells.length <= before.cells.length) return { over: false }
    this.#echoes = true
    return { over: false, echoMs: now - state.at }
  }

  /** Undefined where there is nothing to show. */
  get overlay(): Overlay | undefined {
    const [truth, last] = [this.#states[0]?.cells ?? [], this.#states.at(-1)?.cells ?? []]
    if (!this.#echoes || !this.pending) return undefined
    const differs = last.findIndex((cell, at) => cell.text !== truth[at]?.text)
    const same = differs < 0 ? last.length : differs
    const x = this.#start + widthOf(last.slice(0, same))
    const cells = last.slice(same)
    return { x, cells, erased: Math.max(0, this.#start + widthOf(truth) - x - widthOf(cells)) }
  }

  #is(cells: Cells, { x, from }: Truth): boolean {
    return x === this.#start + widthOf(cells) && from(this.#start).trimEnd() === textOf(cells).trimEnd()
  }
}
