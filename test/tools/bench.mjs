/**
 * `npm run bench`: every benchmark, one after the other. `npm run bench -- ssh` runs those whose path contains the word.
 * What `npm run real:up` started is used where a benchmark wants a real part.
 */
import { realEnvironment } from './real-environment.mjs'
import { run, testFiles } from './suites.mjs'

const words = process.argv.slice(2)
const files = [...testFiles('test/bench', '.bench.ts'), ...testFiles('backend/test/bench', '.bench.ts')].filter(
  (path) => words.every((word) => path.includes(word)),
)
if (files.length === 0)
  console.log('no benchmark of this name (*.mjs and *.bench.ts of test/bench and backend/test/bench)')
for (const file of files) {
  console.log(`\n${file}`)
  if (!(await run(['--import', 'tsx', file], realEnvironment()))) process.exitCode = 1
}
