/** `npm run check`: everything that can be said about the code without running it. One line for each step. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from './build.mjs'
import { checkManifest } from './manifest.mjs'
import { checkPackages } from './packages.mjs'
import { checkSizes } from './size.mjs'
import { writeXtermCss } from './xterm-css.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Runs a tool of node_modules; its output becomes the error where it fails. */
const tool =
  (path, ...args) =>
  async () => {
    try {
      const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }
      await run(process.execPath, [join(ROOT, 'node_modules', path), ...args], options)
    } catch (error) {
      throw new Error([error.stdout, error.stderr].filter(Boolean).join('\n').trim() || error.message)
    }
  }
const types = (project) => tool('typescript/bin/tsc', '--pretty', 'false', '-p', project)
/** Both packages with their types, once for all steps that look at what is built. */
let building
const built = () => {
  building ??= build({ missingOnly: true, types: true })
  return building
}
const code = ['src', 'backend/src', 'backend/bin', 'stories', 'test', 'backend/test']

const STEPS = [
  ['format and lint', tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.')],
  ['types of the library', types('src/tsconfig.json')],
  ['types of the core without the DOM', types('src/core/tsconfig.json')],
  ['types of stories and browser tests', types('tsconfig.json')],
  ['types of the backend', types('backend/tsconfig.json')],
  ['types of the end-to-end tests', types('test/e2e/tsconfig.json')],
  [
    'import boundaries',
    tool('dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', ...code),
  ],
  ['element manifest and its tables', async () => checkManifest()],
  ['size budget', () => built().then(checkSizes)],
  ['packages as published', () => built().then(checkPackages)],
]

async function step([name, work]) {
  const start = performance.now()
  const end = (sign, text = '') => {
    const indented = text.replace(/^/gm, '    ')
    console.log(`${sign} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s${text ? `\n${indented}` : ''}`)
  }
  try {
    end('✔', (await work())?.join('\n'))
    return true
  } catch (error) {
    end('✖', error.message)
    return false
  }
}

writeXtermCss()
const results = []
const waiting = [...STEPS]
// Two at a time: most steps are processes of their own.
const worker = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await step(next))
}
await Promise.all([worker(), worker()])
const failed = results.filter((good) => !good).length
console.log(failed === 0 ? 'check: all good' : `check: ${failed} of ${results.length} steps failed`)
process.exitCode = failed === 0 ? 0 : 1
