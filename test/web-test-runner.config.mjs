/** Tests of the element library, in real Chromium: `npx wtr --config test/web-test-runner.config.mjs [--files <file>]`. */

import { fileURLToPath } from 'node:url'
import { esbuildPlugin } from '@web/dev-server-esbuild'
import { defaultReporter } from '@web/test-runner'
import { chromeLauncher } from '@web/test-runner-chrome'
import { findBrowser } from './tools/browser.mjs'
import { OF_TESTS, usedParts } from './tools/guacamole-parts.mjs'
import { countReporter } from './tools/wtr-count.mjs'
import { writeXtermCss } from './tools/xterm-css.mjs'

const { executablePath, args } = await findBrowser()
writeXtermCss()

export default {
  rootDir: fileURLToPath(new URL('..', import.meta.url)),
  files: ['test/**/*.test.ts', '!test/{e2e,real,bench,tools}/**'],
  nodeResolve: { exportConditions: ['browser', 'development'] },
  plugins: [
    // The tests run on what is shipped.
    {
      name: 'guacamole-parts',
      transform: ({ path, body }) =>
        path.includes('/guacamole-common-js/lib/esm/') ? { body: usedParts(body, OF_TESTS) } : undefined,
    },
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    }),
  ],
  browsers: [chromeLauncher({ launchOptions: { executablePath, args } })],
  // Chromium gives a page in the background no animation frames.
  concurrency: 1,
  filterBrowserLogs: ({ args }) => !String(args[0]).startsWith('Lit is in dev mode'),
  testFramework: { config: { timeout: 10_000 } },
  testsStartTimeout: 60_000,
  testsFinishTimeout: 180_000,
  reporters: [defaultReporter({ reportTestResults: true, reportTestProgress: false }), countReporter()],
}
