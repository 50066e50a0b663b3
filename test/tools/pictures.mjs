/** Takes the pictures of the README from the real thing: `node test/tools/pictures.mjs`. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findBrowser } from './browser.mjs'

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const PORT = process.env.PORT ?? '18080'

const server = spawn(process.execPath, [at('test/tools/start.mjs')], {
  env: { ...process.env, PORT },
  stdio: ['ignore', 'pipe', 'inherit'],
})
await new Promise((resolve, reject) => {
  server.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)))
  server.stdout.on('data', (text) => String(text).includes('is ready') && resolve())
})
const browser = await chromium.launch(await findBrowser())
try {
  mkdirSync(at('docs/images'), { recursive: true })
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, deviceScaleFactor: 1.5 })
  await page.goto(`http://127.0.0.1:${PORT}/`)
  const lab = page.locator('lab-terminal')
  await page.waitForFunction(() => document.querySelector('lab-terminal')?.getAttribute('status') === 'connected')
  await lab.evaluate((element) => element.focus())
  for (const line of ['ls', 'cat README.txt', './count.sh']) {
    await page.keyboard.type(`${line}\n`)
    await page.waitForTimeout(600)
  }
  await page.waitForTimeout(2500)
  await page.screenshot({ path: at('docs/images/course.png') })
  await page.keyboard.press('Control+c')
} finally {
  await browser.close()
  server.kill('SIGTERM')
}
