/** `npm run storybook` (previews on http://localhost:6006) and `npm run storybook:build` (into storybook-static). */
import { join } from 'node:path'
import { ROOT, run } from './suites.mjs'
import { writeXtermCss } from './xterm-css.mjs'

const [mode, ...rest] = process.argv.slice(2)
const storybook = join(ROOT, 'node_modules/storybook/dist/bin/dispatcher.js')
const flags =
  mode === 'dev'
    ? ['--port', '6006', '--no-open', '--no-version-updates']
    : ['--output-dir', 'storybook-static', '--quiet']

writeXtermCss()
const env = { STORYBOOK_DISABLE_TELEMETRY: '1' }
process.exitCode = (await run([storybook, mode, '--disable-telemetry', ...flags, ...rest], env)) ? 0 : 1
