/** What a page loads, gzipped, against its budget; and signs of code that has no business in the entry. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const CDN = fileURLToPath(new URL('../../dist/cdn', import.meta.url))

/**
 * kB are 1000 bytes, compressed as a web server does by default (gzip, level 6). `first`: what is there before any of
 * those below it is asked for, and so does not count for them.
 */
const BUDGETS = [
  { name: 'entry (module)', files: /^lab-terminal\.js$/, kB: 16 },
  { name: 'entry (classic script)', files: /^lab-terminal\.iife\.js$/, kB: 16 },
  { name: "the element's lazy part", files: /^lazy\/lab-.*\.js$/, kB: 37, first: true },
  { name: "the command's lazy part", files: /^lazy\/command-.*\.js$/, kB: 10 },
  { name: 'the sign-in window', files: /^lazy\/sign-in-window-.*\.js$/, kB: 2 },
  { name: 'xterm display', files: /^lazy\/xterm-.*\.js$/, kB: 96 },
  { name: 'Guacamole display', files: /^lazy\/guacamole-.*\.js$/, kB: 30 },
  { name: 'on-screen keyboard', files: /^lazy\/on-screen-keyboard-.*\.js$/, kB: 8 },
  { name: 'player of recordings', files: /^lab-recording\.js$/, kB: 40 },
]

/** Words that survive minifying, of what must stay out of the entry. */
const STRANGERS = {
  xterm: 'xterm-helper-textarea',
  TypeBox: '~kind',
  guacamole: '_GUAC_KEYBOARD_',
  schemas: 'p50 and p90 of',
}

/** A file with everything that it imports statically: what the browser waits for. */
function closureOf(file, seen = new Set()) {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(join(CDN, file), 'utf8')
  for (const [, path] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g)) closureOf(join(dirname(file), path), seen)
  return seen
}

const gzipped = (file) => gzipSync(readFileSync(join(CDN, file)), { level: 6 }).length

/** @returns {string[]} the figures; throws where one is over its budget */
export function checkSizes() {
  const lazy = readdirSync(join(CDN, 'lazy')).map((name) => `lazy/${name}`)
  const files = [...readdirSync(CDN), ...lazy].filter((name) => name.endsWith('.js'))
  const problems = []
  const there = new Set()
  const figures = BUDGETS.map(({ name, files: pattern, kB, first }) => {
    const found = files.filter((file) => pattern.test(file))
    if (found.length !== 1) problems.push(`${name}: ${found.length} files of this name, not one`)
    const loaded = [...new Set(found.flatMap((file) => [...closureOf(file)]))].filter((file) => !there.has(file))
    if (first) for (const file of loaded) there.add(file)
    const size = loaded.reduce((sum, file) => sum + gzipped(file), 0) / 1000
    if (size > kB) problems.push(`${name}: ${size.toFixed(1)} kB gz, at most ${kB}`)
    return `${name} ${size.toFixed(1)} of ${kB} kB gz`
  })
  for (const entry of ['lab-terminal.js', 'lab-terminal.iife.js']) {
    const text = readFileSync(join(CDN, entry), 'utf8')
    for (const [what, sign] of Object.entries(STRANGERS)) {
      if (text.includes(sign)) problems.push(`${entry}: holds ${what} ("${sign}")`)
    }
  }
  if (problems.length > 0) throw new Error([...problems, ...figures].join('\n'))
  return figures
}
