import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './suites.mjs'

const STATE = join(ROOT, 'node_modules/.cache/lab-terminal/real/env')

/** Where `npm run real:up` started the real parts. The environment of the caller wins. */
export function realEnvironment() {
  const started = existsSync(STATE)
    ? Object.fromEntries(
        readFileSync(STATE, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(/=(.*)/s, 2)),
      )
    : {}
  return { ...started, ...process.env }
}
