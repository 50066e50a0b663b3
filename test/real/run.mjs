/**
 * `npm run test:real`: the suites that need a real part, against what `npm run real:up` started or the environment
 * names. A part that is absent is skipped with a loud line; with CI=true it is a failure.
 */
import { build } from '../tools/build.mjs'
import { withCounts } from '../tools/counts.mjs'
import { realEnvironment } from '../tools/real-environment.mjs'
import { runNodeTests, testFiles } from '../tools/suites.mjs'

const env = realEnvironment()

/** The real parts: the variable that says where one is, and the tests that want it. */
const PARTS = [
  { name: 'PostgreSQL', variable: 'LAB_TEST_DATABASE_URL', files: () => testFiles('backend/test/store') },
  {
    name: 'guacd',
    variable: 'GUACD',
    files: () =>
      [...testFiles('backend/test/real'), ...testFiles('test/real')].filter((path) => path.includes('guacd')),
    built: true,
  },
  {
    name: 'OpenSSH',
    variable: 'SSHD',
    files: () => [
      'backend/test/gateway/openssh.test.ts',
      'backend/test/gateway/jump.test.ts',
      ...testFiles('backend/test/real').filter((path) => path.includes('/ssh-')),
    ],
    timeoutSeconds: 1800,
  },
  {
    name: 'Keystone and Heat',
    variable: 'LAB_TEST_OPENSTACK',
    // A desktop in a stack.
    beside: 'GUACD',
    files: () => [...testFiles('backend/test/real/openstack'), ...testFiles('test/real/openstack')],
    timeoutSeconds: 1800,
    built: true,
  },
]

const valuesOf = (...names) => Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]]))

await withCounts('npm run test:real', async () => {
  let good = true
  for (const { name, variable, files, timeoutSeconds = 300, built, beside } of PARTS) {
    if (env[variable]) {
      console.log(`\n${name}`)
      if (built) await build({ missingOnly: true })
      const options = { concurrency: 1, timeoutSeconds, env: valuesOf(variable, beside) }
      good = (await runNodeTests(files(), options)) && good
    } else {
      console.log(
        `\n${'!'.repeat(72)}\n${name}: SKIPPED, not here (npm run real:up, or set ${variable})\n${'!'.repeat(72)}`,
      )
      if (process.env.CI) good = false
    }
  }
  return good
})
