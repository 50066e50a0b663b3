/**
 * Several shells of one text terminal: `main` is the first, `main~2` the second, up to as many as the configuration says.
 * Each is a terminal of its own to tickets, files and whoever holds it. No imports, no side effects.
 */

/** Most shells that a terminal can have. */
export const MAX_SHELLS = 9

const SHELL_NAME = /^([^~]+)(?:~([2-9]))?$/

/** The name of a shell of a terminal; `number` from 1. */
export function shellName(terminal: string, number: number): string {
  return number === 1 ? terminal : `${terminal}~${number}`
}

/** The terminal that a shell of this name is of; undefined where there is none. */
export function terminalOf<T extends { readonly name: string; readonly shells?: number | undefined }>(
  terminals: readonly T[],
  shell: string,
): T | undefined {
  const [, terminal, number = 1] = SHELL_NAME.exec(shell) ?? []
  return terminals.find(({ name, shells = 1 }) => name === terminal && Number(number) <= shells)
}
