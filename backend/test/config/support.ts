/** A configuration in memory: text, environment and disk of the test's own. */
import assert from 'node:assert/strict'
import type { Config } from '../../src/config/config.js'
import { parseConfig } from '../../src/config/load.js'
import { type Mistake, Mistakes } from '../../src/config/mistakes.js'
import type { Disk } from '../../src/config/reading.js'

export const FOLDER = '/etc/labs'

/** A file by its text, a folder by null. */
export type Tree = Readonly<Record<string, string | null>>

export function diskOf(tree: Tree): Disk {
  return {
    async kind(path) {
      const found = tree[path]
      return found === undefined ? 'absent' : found === null ? 'folder' : 'file'
    },
    async read(path, limit) {
      const found = tree[path]
      if (typeof found !== 'string' || found.length > limit) throw new Error('cannot be read')
      return found
    },
  }
}

export async function parse(text: string, env: NodeJS.ProcessEnv = {}, tree: Tree = {}) {
  const mistakes = new Mistakes()
  const config = await parseConfig(text, `${FOLDER}/labs.yaml`, env, diskOf(tree), mistakes)
  return { config, mistakes: mistakes.list() }
}

export async function good(text: string, env: NodeJS.ProcessEnv = {}, tree: Tree = {}): Promise<Config> {
  const { config, mistakes } = await parse(text, env, tree)
  assert.deepEqual(mistakes, [])
  assert.ok(config !== undefined)
  return config
}

/** Each `▶` in the text stands right before a place where a mistake must be told; they are told in this order. */
export async function wrong(marked: string, words: RegExp[], env: NodeJS.ProcessEnv = {}, tree: Tree = {}) {
  const places: string[] = []
  const lines = marked.split('\n').map((line, index) => {
    let rest = line
    for (let at = rest.indexOf('▶'); at !== -1; at = rest.indexOf('▶')) {
      places.push(`${index + 1}:${at + 1}`)
      rest = rest.slice(0, at) + rest.slice(at + 1)
    }
    return rest
  })
  const { mistakes } = await parse(lines.join('\n'), env, tree)
  const told = mistakes.map(({ line, column }: Mistake) => `${line}:${column}`)
  const messages = mistakes.map(({ message }) => message)
  assert.deepEqual(told, places, messages.join('\n'))
  for (const [index, word] of words.entries()) assert.match(messages[index] ?? '', word)
  assert.equal(messages.length, words.length)
  return mistakes
}
