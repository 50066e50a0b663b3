/** A typed value together with its place in the file, so that whoever finds it wrong can say where. */
import type { Located } from './located.js'
import type { Position } from './mistakes.js'
import { shown } from './words.js'

export interface Part<T> {
  /** Undefined: not written, or taken out because it was wrong. */
  readonly value: T | undefined
  readonly node: Located | undefined
  readonly path: string
  /** Of the value; of what should hold it, when it is not written. */
  readonly at: Position
  /** Of its key, where it has one. */
  readonly keyAt: Position
  /** Something is written there, and a mistake about it was told already. */
  readonly wrong: boolean
}

export function rootPart<T>(value: T, node: Located): Part<T> {
  return { value, node, path: '', at: node.at, keyAt: node.at, wrong: false }
}

/** The value of a key. */
export function at<T extends object, K extends keyof T & string>(part: Part<T>, key: K): Part<NonNullable<T[K]>> {
  const value = part.value?.[key]
  const path = part.path === '' ? key : `${part.path}.${key}`
  const map = part.node?.kind === 'map' ? part.node : undefined
  const entry = map?.entries.get(key)
  return {
    value: value === null || value === undefined ? undefined : value,
    node: entry?.node,
    path,
    at: entry?.node.at ?? part.keyAt,
    keyAt: entry?.keyAt ?? part.keyAt,
    wrong: part.wrong || (map?.wrong.has(key) ?? false),
  }
}

/** The entries of a list. */
export function items<T>(part: Part<readonly T[]>): Part<T>[] {
  const nodes = part.node?.kind === 'list' ? part.node.items : []
  return (part.value ?? []).map((value, index) => {
    const node = nodes[index]
    const place = node?.at ?? part.at
    return { value, node, path: `${part.path}[${index}]`, at: place, keyAt: place, wrong: false }
  })
}

/** The entries of a group whose keys are names. */
export function entries<T extends object>(part: Part<Readonly<Record<string, T>>>): { name: string; part: Part<T> }[] {
  return Object.keys(part.value ?? {}).map((name) => ({ name, part: at(part, name) }))
}

/** The value as a message may repeat it. */
export function shownPart(part: Part<unknown>): string {
  return part.node === undefined ? 'missing' : shown(part.node, part.path)
}
