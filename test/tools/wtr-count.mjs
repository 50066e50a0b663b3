/** Reporter of @web/test-runner: adds the counts of a run, and its failures, to the file named by LAB_TEST_COUNTS. */
import { addCounts } from './counts.mjs'

export function countReporter() {
  return {
    stop({ sessions }) {
      let passed = 0
      let failed = 0
      const failures = []
      for (const session of sessions) {
        const tests = testsOf(session.testResults)
        passed += tests.filter((test) => test.passed).length
        const bad = tests.filter((test) => !test.passed && !test.skipped)
        for (const { name, error } of bad) failures.push(`✖ ${session.testFile}: ${name}\n    ${error?.message}\n`)
        failed += bad.length
        // A file that does not even load has no tests; it counts as one failure.
        if (bad.length === 0 && !session.passed) {
          failed += 1
          failures.push(`✖ ${session.testFile}\n    ${session.errors.map(({ message }) => message).join('\n    ')}\n`)
        }
      }
      addCounts({ passed, failed, failures })
    },
  }
}

function testsOf(suite) {
  return suite ? [...suite.tests, ...suite.suites.flatMap(testsOf)] : []
}
