/**
 * How fast the xterm display paints `seq 1 200000`, side by side with plain xterm.js in the same browser, in turns.
 * What is slower than plain is the contrast that text is lifted to (WCAG 1.4.3); flow control costs nothing.
 * `node test/bench/xterm-display.mjs [runs]`
 */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { findBrowser } from '../tools/browser.mjs'
import { writeXtermCss } from '../tools/xterm-css.mjs'

const runs = Number(process.argv[2] ?? 5)

writeXtermCss()
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('xterm-display.page.ts', import.meta.url))],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  write: false,
})
const browser = await chromium.launch(await findBrowser())
try {
  const page = await browser.newPage({ viewport: { width: 900, height: 600 } })
  await page.setContent('<!doctype html><style>*::selection{}</style>')
  await page.addStyleTag({ path: fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css')) })
  await page.addScriptTag({ content: outputFiles[0].text })
  const bytes = await page.evaluate('bench.bytes')
  const results = { ours: [], plain: [] }
  for (let run = 0; run <= runs; run++) {
    for (const name of Object.keys(results)) {
      const result = await page.evaluate(`bench.${name}()`)
      // The first turn warms the compiler up.
      if (run > 0) results[name].push(result)
    }
  }
  const figures = Object.entries(results).map(([name, list]) => ({
    name,
    ms: median(list.map(({ ms }) => ms)),
    block: median(list.map(({ longestBlockMs }) => longestBlockMs)),
  }))
  for (const { name, ms, block } of figures) {
    console.log(
      `${name}: ${Math.round(ms)} ms, ${(bytes / ms / 1000).toFixed(1)} MB/s, longest block ${Math.round(block)} ms`,
    )
  }
  console.log(`ours / plain xterm.js: ${(figures[0].ms / figures[1].ms).toFixed(2)} (time, median of ${runs})`)
} finally {
  await browser.close()
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
