/** Which words of the output are paths of files in the lab. Pure: what a program prints is not to be trusted. */

/** Longest path that Linux knows, in UTF-16 units at most. */
const MAX_PATH = 4_096
/** Quoted, as `ls` does with blanks; or without a blank, quote, bracket or what shells and `ls -F` put behind a name. */
const WORDS = /'([^']+)'|"([^"]+)"|[^\s'"`<>|;*=()[\]{}]+/gu
/** `grep -n`, compilers: a line and a column; and what ends a sentence. */
const BEHIND = /(?::\d+){0,2}[.,:!?]*$/u
/** Something that a file is likely to be called; a bare word may be anything. */
const LIKELY = /\/|[^/.]\.[A-Za-z][A-Za-z0-9]{0,9}$/u

export interface PathWord {
  readonly path: string
  /** Where it stands in the line, UTF-16 units. */
  readonly begin: number
  readonly end: number
}

/** `folder`: where the shell was; absent where nobody knows. */
export function pathWords(line: string, folder: string | undefined): readonly PathWord[] {
  return [...line.matchAll(WORDS)].flatMap((match) => {
    const quoted = match[1] ?? match[2]
    const word = quoted ?? match[0].replace(BEHIND, '')
    // A colon is of an address, a search path, or another host's file (`host:/path`).
    const isOther = quoted === undefined && (word.includes(':') || word.startsWith('-'))
    const path = isOther || !LIKELY.test(word) ? undefined : pathOf(word, folder)
    const begin = match.index + (quoted === undefined ? 0 : 1)
    return path === undefined ? [] : [{ path, begin, end: begin + word.length }]
  })
}

/** Absolute or from the home; relative ones where the folder is known. Undefined where it can be no file's. */
export function pathOf(word: string, folder: string | undefined): string | undefined {
  const isNone = word.length > MAX_PATH || /\p{C}/u.test(word) || /(^|\/)\.{0,2}$/.test(word) || word.startsWith('//')
  if (isNone) return undefined
  if (word.startsWith('/') || word.startsWith('~/')) return word
  if (word.startsWith('~') || folder === undefined) return undefined
  return `${folder.replace(/\/$/, '')}/${word.replace(/^(\.\/+)+/, '')}`
}

/** What a `file:` address says (RFC 8089): the host, '' where it names none, and the path. */
export function fileAddress(text: string): { readonly host: string; readonly path: string } | undefined {
  const [, host = '', written] = /^file:(?:\/\/([^/]*))?(\/(?!\/).*)$/is.exec(text) ?? []
  if (written === undefined || written.length > 3 * MAX_PATH) return undefined
  const path = decoded(written)
  const named = host.toLowerCase()
  return /\p{C}/u.test(path) ? undefined : { host: named === 'localhost' ? '' : named, path }
}

/** Not every shell encodes what it tells. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
