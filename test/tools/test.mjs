/**
 * `npm test`: the library in Chromium, the backend, and both together end to end.
 * `npm test -- element|backend|e2e` runs one of them; any other word narrows the files to paths that contain it.
 */

import { findBrowser } from './browser.mjs'
import { build } from './build.mjs'
import { withCounts } from './counts.mjs'
import { runNodeTests, runWebTests, testFiles } from './suites.mjs'

const SUITES = {
  element: {
    files: () => testFiles('test').filter((path) => !/^test\/(e2e|real|bench|tools)\//.test(path)),
    run: runWebTests,
  },
  backend: {
    files: () => testFiles('backend/test').filter((path) => !/^backend\/test\/(real|bench)\//.test(path)),
    // The chaos suite takes minutes where the machine is slow.
    run: (files) => runNodeTests(files, { concurrency: 1, timeoutSeconds: 900 }),
  },
  e2e: {
    files: () => testFiles('test/e2e'),
    run: async (files) => {
      await build({ missingOnly: true, types: true })
      return runNodeTests(files, { concurrency: 1, timeoutSeconds: 900, env: { LAB_TEST_EACH: '1' } })
    },
  },
}

const words = process.argv.slice(2)
const chosen = Object.keys(SUITES).filter((name) => words.includes(name))
const filters = words.filter((word) => !chosen.includes(word))

await withCounts('npm test', async () => {
  const names = chosen.length > 0 ? chosen : Object.keys(SUITES)
  if (names.some((name) => name !== 'backend')) console.log(`browser: ${(await findBrowser()).executablePath}`)
  let good = true
  let ran = 0
  for (const name of names) {
    const suite = SUITES[name]
    const files = suite.files().filter((path) => filters.every((word) => path.includes(word)))
    if (files.length === 0) continue
    console.log(`\n${name}: ${files.length} files`)
    ran += files.length
    good = (await suite.run(files)) && good
  }
  if (ran === 0) throw new Error('no test file matches')
  return good
})
