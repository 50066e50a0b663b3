/** Reporter of @web/test-runner: adds the counts of a run to the file named by LAB_TEST_COUNTS. */
import { appendFileSync } from 'node:fs'

export function countReporter() {
  return {
    stop({ sessions }) {
      let passed = 0
      let failed = 0
      for (const session of sessions) {
        const tests = testsOf(session.testResults)
        passed += tests.filter((test) => test.passed).length
        const bad = tests.filter((test) => !test.passed && !test.skipped).length
        // A file that does not even load has no tests; it counts as one failure.
        failed += bad === 0 && !session.passed ? 1 : bad
      }
      if (process.env.LAB_TEST_COUNTS) {
        appendFileSync(process.env.LAB_TEST_COUNTS, `${JSON.stringify({ passed, failed })}\n`)
      }
    },
  }
}

function testsOf(suite) {
  return suite ? [...suite.tests, ...suite.suites.flatMap(testsOf)] : []
}
