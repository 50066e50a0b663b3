/** What is wrong with a configuration file, each with its place; all of it is told at once. */

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Mistake extends Position {
  /** Where in the tree, as `labs.ceph-101.terminals[0].port`; empty for the file as a whole. */
  readonly path: string
  /** What is wrong; what was expected. Never the value of a secret or of an environment variable. */
  readonly message: string
}

/** The file cannot be used. The message has one line a mistake: `file:line:column: what is wrong; what was expected`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  /** In the order of the file, never empty. */
  readonly mistakes: readonly Mistake[]

  constructor(file: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)
    super(lines.join('\n'))
    this.file = file
    this.mistakes = mistakes
  }
}

/** Collects mistakes while the reading goes on. */
export class Mistakes {
  readonly #found: Mistake[] = []

  add(place: { readonly at: Position; readonly path: string }, message: string): void {
    this.#found.push({ line: place.at.line, column: place.at.column, path: place.path, message })
  }

  get any(): boolean {
    return this.#found.length > 0
  }

  /** In the order of the file. */
  list(): Mistake[] {
    return this.#found.toSorted((a, b) => a.line - b.line || a.column - b.column)
  }
}
