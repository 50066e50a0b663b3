/** What the readers of the sections share: the mistakes, the environment, the disk. */
import { resolve } from 'node:path'
import type { Mistakes } from './mistakes.js'
import { type Part, shownPart } from './part.js'

/** What the configuration needs of the file system. */
export interface Disk {
  kind(path: string): Promise<'file' | 'folder' | 'absent'>
  /** Throws when it cannot be read or is longer than `limit` bytes. */
  read(path: string, limit: number): Promise<string>
}

export interface Reading {
  readonly mistakes: Mistakes
  readonly env: NodeJS.ProcessEnv
  readonly disk: Disk
  /** The folder of the configuration file, absolute. */
  readonly folder: string
}

/** `a-z`, digits, `-` and `_`: names are part of addresses, of stacks and of folders. */
export const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/
export const NAME_WORDS = 'small letters, digits, - and _, at most 63, beginning with a letter or digit'

/** Tells that the value is wrong; the value is repeated where that gives no secret away. */
export function refuse(reading: Reading, part: Part<unknown>, expected: string): void {
  reading.mistakes.add(part, `\`${keyOf(part)}\` is ${shownPart(part)}; expected ${expected}`)
}

/** The value, or undefined and a mistake (unless one was told already). */
export function need<T>(reading: Reading, part: Part<T>, expected: string): T | undefined {
  if (part.value === undefined && !part.wrong) {
    reading.mistakes.add(part, `\`${keyOf(part)}\` is missing; expected ${expected}`)
  }
  return part.value
}

export function absolute(reading: Reading, path: string): string {
  return resolve(reading.folder, path)
}

/** The absolute path of something that must be there. */
export async function existing(
  reading: Reading,
  part: Part<string>,
  kind: 'file' | 'folder',
): Promise<string | undefined> {
  if (part.value === undefined) return undefined
  const path = absolute(reading, part.value)
  if ((await reading.disk.kind(path)) === kind) return path
  refuse(reading, part, `a ${kind} that exists (looked for it beside the configuration)`)
  return undefined
}

/** Tells of each entry that stands in the list before. */
export function refuseTwins(reading: Reading, parts: readonly Part<unknown>[], keys: readonly (string | undefined)[]) {
  const seen = new Map<string, number>()
  parts.forEach((part, index) => {
    const key = keys[index]
    if (key === undefined) return
    const first = seen.get(key)
    if (first === undefined) seen.set(key, part.at.line)
    else
      reading.mistakes.add(
        part,
        `${shownPart(part)} is there twice; first on line ${first}`.replace(/^not right/, `\`${key}\``),
      )
  })
}

function keyOf(part: Part<unknown>): string {
  return part.path.slice(part.path.lastIndexOf('.') + 1)
}
