/** A YAML file as a plain tree in which every key and value knows its line and column. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, Parser, parseDocument } from 'yaml'
import { expandVariables, VARIABLE_OPEN } from './expand.js'
import type { Mistakes, Position } from './mistakes.js'

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly at: Position
  value: string | number | boolean | null
  /** As it stands in the file, before variables were replaced. */
  readonly written: string
  /** Whether a variable was replaced in it. */
  readonly expanded: boolean
  /** Whether a variable in it could not be replaced, which was told already. */
  readonly broken: boolean
}
export interface LocatedMap {
  readonly kind: 'map'
  readonly at: Position
  readonly entries: Map<string, { readonly keyAt: Position; readonly node: Located }>
  /** Keys that are written but were taken out because their value is wrong; they are not missing. */
  readonly wrong: Set<string>
}
export interface LocatedList {
  readonly kind: 'list'
  readonly at: Position
  readonly items: Located[]
  /** Whether entries were taken out because they are wrong. */
  dropped: boolean
}
export type Located = LocatedScalar | LocatedMap | LocatedList

export const FILE_LIMITS = {
  /** Characters. */
  length: 256 * 1024,
  /** Levels of lists and groups inside each other. */
  depth: 32,
  /** Values, counted again wherever an alias repeats them: what is small to write stays small to read. */
  nodes: 20_000,
} as const

const START = { at: { line: 1, column: 1 }, path: '' }

/** Undefined when nothing can be made of the file; then a mistake says why. */
export function readYaml(text: string, env: NodeJS.ProcessEnv, mistakes: Mistakes): Located | undefined {
  const lines = new LineCounter()
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const deep = tooDeepAt(text)
  const document = deep === undefined ? parse(text, lines) : undefined
  if (document === undefined) {
    mistakes.add(START, `the file is nested too deeply; expected at most ${FILE_LIMITS.depth} levels`)
    return undefined
  }
  for (const { offset, message } of syntaxMistakes(document, text)) {
    mistakes.add({ at: position(offset), path: '' }, `not valid YAML: ${message}`)
  }
  if (mistakes.any) return undefined
  if (document.contents === null) {
    mistakes.add(START, 'the file is empty; expected a configuration')
    return undefined
  }
  try {
    return new Reader(position, env, mistakes).read(document.contents, '', 0)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    mistakes.add({ at: position(error.offset), path: error.path }, error.message)
    return undefined
  }
}

function parse(text: string, lineCounter: LineCounter) {
  return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, stringKeys: true, schema: 'core' })
}

/** After the first token out of place the parser is lost, and finds everything else out of place as well. */
function syntaxMistakes(document: ReturnType<typeof parse>, text: string) {
  let lost = false
  return [...document.errors, ...document.warnings].flatMap(({ code, pos: [offset], message }) => {
    if (lost && code === 'UNEXPECTED_TOKEN') return []
    lost ||= code === 'UNEXPECTED_TOKEN'
    const variable = text.slice(offset - 1, offset + 1) === VARIABLE_OPEN
    const words = variable ? `a variable inside [ ] or { } needs quotes; expected "${VARIABLE_OPEN}NAME}"` : message
    return [{ offset, message: words }]
  })
}

/** Composing recurses, and a deep enough file would end the process; the token tree can be walked without. */
function tooDeepAt(text: string): number | undefined {
  const open: { token: unknown; depth: number }[] = [...new Parser().parse(text)].map((token) => ({ token, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next
    if (typeof token !== 'object' || token === null) continue
    if (depth > FILE_LIMITS.depth) return depth
    if ('items' in token && Array.isArray(token.items)) {
      for (const item of token.items) open.push({ token: item, depth: depth + 1 })
    }
    if ('key' in token) open.push({ token: token.key, depth })
    if ('value' in token) open.push({ token: token.value, depth })
  }
  return undefined
}

const CORE_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/

class TooMuch extends Error {
  readonly offset: number
  readonly path: string

  constructor(message: string, offset: number, path: string) {
    super(message)
    this.offset = offset
    this.path = path
  }
}

class Reader {
  readonly #position: (offset: number) => Position
  readonly #env: NodeJS.ProcessEnv
  readonly #mistakes: Mistakes
  /** By name, as far as the reading has come; yaml's own look-up walks the whole document for each alias. */
  readonly #anchors = new Map<string, Node>()
  /** What an alias meant when it was first read; a later anchor of the same name does not change it. */
  readonly #targets = new Map<Node, Node>()
  #newest = -1
  #nodes = 0

  constructor(position: (offset: number) => Position, env: NodeJS.ProcessEnv, mistakes: Mistakes) {
    this.#position = position
    this.#env = env
    this.#mistakes = mistakes
  }

  read(node: Node, path: string, depth: number): Located {
    const offset = node.range?.[0] ?? 0
    const at = this.#position(offset)
    this.#nodes += 1
    if (this.#nodes > FILE_LIMITS.nodes) throw new TooMuch('the file holds too much, aliases counted out', offset, path)
    if (depth > FILE_LIMITS.depth) throw new TooMuch('nested too deeply, or an alias inside itself', offset, path)
    if (!isAlias(node) && node.tag !== undefined && !CORE_TAGS.test(node.tag)) {
      this.#mistakes.add({ at, path }, `the tag \`${node.tag}\` has no meaning here; expected none`)
    }
    if (isAlias(node)) {
      const target = this.#targets.get(node) ?? this.#anchors.get(node.source)
      if (target === undefined) throw new TooMuch(`no anchor is named \`${node.source}\` before this`, offset, path)
      this.#targets.set(node, target)
      return this.read(target, path, depth + 1)
    }
    // A node that is read again through an alias must not become the newest of its name once more.
    if (node.anchor !== undefined && offset > this.#newest) {
      this.#newest = offset
      this.#anchors.set(node.anchor, node)
    }
    if (isMap(node)) return this.#map(node.items, at, path, depth)
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.#child(item, at, `${path}[${index}]`, depth))
      return { kind: 'list', at, items, dropped: false }
    }
    return isScalar(node) ? this.#scalar(node.value, node.source, at, path) : empty(at)
  }

  #child(value: unknown, at: Position, path: string, depth: number): Located {
    return isNode(value) ? this.read(value, path, depth + 1) : empty(at)
  }

  #map(pairs: readonly Pair[], at: Position, path: string, depth: number): Located {
    const map: LocatedMap = { kind: 'map', at, entries: new Map(), wrong: new Set() }
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.value ?? '') : ''
      const keyAt = isScalar(key) ? this.#position(key.range?.[0] ?? 0) : at
      const place = path === '' ? name : `${path}.${name}`
      const first = map.entries.get(name)
      if (first !== undefined) {
        this.#mistakes.add(
          { at: keyAt, path: place },
          `\`${name}\` is written twice; first on line ${first.keyAt.line}`,
        )
        continue
      }
      map.entries.set(name, { keyAt, node: this.#child(value, keyAt, place, depth) })
    }
    return map
  }

  #scalar(value: unknown, source: string | undefined, at: Position, path: string): LocatedScalar {
    if (typeof value !== 'string') {
      const known = typeof value === 'number' || typeof value === 'boolean' ? value : null
      return { kind: 'scalar', at, value: known, written: source ?? String(value), expanded: false, broken: false }
    }
    const { text, expanded, wrong } = expandVariables(value, this.#env)
    for (const message of wrong) this.#mistakes.add({ at, path }, message)
    return { kind: 'scalar', at, value: text, written: value, expanded, broken: wrong.length > 0 }
  }
}

function empty(at: Position): LocatedScalar {
  return { kind: 'scalar', at, value: null, written: '', expanded: false, broken: false }
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value)
}

/** The tree without its places. */
export function plain(node: Located): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(plain)
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.node)]))
    default:
      return node satisfies never
  }
}
