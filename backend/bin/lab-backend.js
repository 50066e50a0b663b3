#!/usr/bin/env sh
':' //; exec node --max-semi-space-size=8 "$0" "$@" # the shell ends here; to Node the line is a text and a comment

// Where much survives, V8 lets its young generation grow to 16 MB twice, for good: as much as a thousand idle terminals
// take. Half of it is as fast (npm run bench -- guacd). `env -S` would do as well, but Alpine's has no -S.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const program = new URL('../dist/main.js', import.meta.url)
if (existsSync(fileURLToPath(program))) {
  await import(program.href)
} else {
  console.error('lab-backend is not built yet: run "npm run build" (or "npm start") in the folder of the repository.')
  process.exitCode = 2
}
