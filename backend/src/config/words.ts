/** How mistakes are worded. Pure. */
import type { Located } from './located.js'

/** `a`, `b` and `c`; at most ten are named. */
export function listed(words: Iterable<string>): string {
  const all = [...words]
  const shown = all.slice(0, 10).map((word) => `\`${word}\``)
  if (all.length > shown.length) return `${shown.join(', ')}, …`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} or ${last}`
}

/** ` did you mean …?` with the nearest of the known words, else what was expected. */
export function meant(word: string, known: Iterable<string>): string {
  const words = [...known]
  const near = nearest(word, words)
  if (near !== undefined) return `did you mean \`${near}\`?`
  return words.length === 0 ? 'none is allowed here' : `expected ${listed(words)}`
}

/** The known word that a slip of the fingers apart from this one: at most two, and no more than a third of the word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(2, Math.floor(word.length / 3))
  const ranked = known
    .map((candidate) => ({ candidate, slips: slips(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((one) => one.slips <= limit)
    .toSorted((a, b) => a.slips - b.slips)
  return ranked[0]?.candidate
}

/** Edit distance with swaps of neighbours (optimal string alignment). */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : change
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, change, swap))
    }
    before = row
    row = next
  }
  return at(row, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

/** What kind of thing stands there, for a mistake about its type. */
export function kindOf(node: Located): string {
  if (node.kind === 'map') return 'a group of keys'
  if (node.kind === 'list') return 'a list'
  if (node.value === null || node.value === '') return 'empty'
  if (typeof node.value === 'number') return 'a number'
  if (typeof node.value === 'boolean') return 'true or false'
  return 'text'
}

/** Keys whose values are never repeated in a message. */
const SECRET_KEYS = new Set(['database', 'password', 'privateKey', 'certificate', 'parameters', 'registrationKey'])

/** The value as it may be repeated: as written (so `${NAME}`, not what the environment holds), short, no credentials. */
export function shown(node: Located, path: string): string {
  const key = path.replace(/\[\d+\]/g, '').split('.')
  if (key.some((part) => SECRET_KEYS.has(part)) || node.kind !== 'scalar') return 'not right'
  const text = node.written.replace(/\/\/[^/\s]*@/g, '//…@').replace(/\p{Cc}+/gu, ' ')
  return `“${text.length > 60 ? `${text.slice(0, 59)}…` : text}”`
}
