/** Writes xterm's style sheet as a TypeScript string: it is needed inside a shadow root, and is not ours to commit. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const TARGET = new URL('../../src/display/xterm/xterm-css.generated.ts', import.meta.url)

export function writeXtermCss() {
  if (!existsSync(new URL('.', TARGET))) return
  const css = readFileSync(createRequire(import.meta.url).resolve('@xterm/xterm/css/xterm.css'), 'utf8')
  const small = css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .trim()
  const text = `/** Generated from @xterm/xterm/css/xterm.css (MIT, the xterm.js authors). */\nexport const xtermCss = ${JSON.stringify(small)}\n`
  if (!existsSync(TARGET) || readFileSync(TARGET, 'utf8') !== text) writeFileSync(TARGET, text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeXtermCss()
