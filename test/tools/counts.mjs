/** Counts of several test runs, added up through a file that the runs append to. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs `work` with LAB_TEST_COUNTS set and prints the sum as the last line. Under a caller that counts already
 * (LAB_TEST_COUNTS is set) the counts go there, and the line carries a name, so that nobody reads it as the whole.
 * `work` answers false for a failure that no test counted.
 * @param {string} name
 * @param {() => Promise<boolean>} work
 */
export async function withCounts(name, work) {
  const outer = process.env.LAB_TEST_COUNTS
  const folder = outer ? undefined : mkdtempSync(join(tmpdir(), 'lab-terminal-'))
  const file = outer ?? join(folder, 'counts')
  const before = readCounts(file)
  process.env.LAB_TEST_COUNTS = file
  const good = await work().catch((error) => {
    console.error(error)
    return false
  })
  const after = readCounts(file)
  const passed = after.passed - before.passed
  const failed = after.failed - before.failed + (!good && after.failed === before.failed ? 1 : 0)
  if (!outer && after.failures.length > 0) console.log(`\nWhat failed:\n${after.failures.join('')}`)
  if (folder) rmSync(folder, { recursive: true, force: true })
  console.log(`${outer ? `${name}: ` : ''}${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Runs tests that count for themselves; where they end badly without having counted a failure, one is added. */
export async function counted(runTests) {
  const file = process.env.LAB_TEST_COUNTS
  const before = file ? readCounts(file).failed : 0
  const good = await runTests()
  if (!good && file && readCounts(file).failed === before) addCounts({ passed: 0, failed: 1 })
  return good
}

/**
 * Where somebody counts (LAB_TEST_COUNTS). `failures`: what to say of each once more at the end of a long run.
 * @param {{ passed: number, failed: number, failures?: string[] }} counts
 */
export function addCounts(counts) {
  if (process.env.LAB_TEST_COUNTS) appendFileSync(process.env.LAB_TEST_COUNTS, `${JSON.stringify(counts)}\n`)
}

export function readCounts(file) {
  const runs = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []
  return {
    passed: runs.reduce((sum, run) => sum + run.passed, 0),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    failures: runs.flatMap((run) => run.failures ?? []),
  }
}
