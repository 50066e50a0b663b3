/**
 * Finds a Chromium that runs here: CHROME_PATH, the usual names, else Debian's package (as root), else the one inside
 * the npm package @sparticuz/chromium. The answer is kept in LAB_TEST_BROWSER, so that child processes need not look again.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome']
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const isRoot = process.getuid?.() === 0

const say = (line) => console.log(`browser: ${line}`)

/** @returns {Promise<{ executablePath: string, args: string[] }>} */
export async function findBrowser() {
  if (process.env.LAB_TEST_BROWSER) return JSON.parse(process.env.LAB_TEST_BROWSER)
  const found = (await firstThatRuns(candidates())) ?? (await fromDebian()) ?? (await fromNpm())
  if (!found) {
    throw new Error('no Chrome or Chromium runs here: install one, or set CHROME_PATH to its executable')
  }
  process.env.LAB_TEST_BROWSER = JSON.stringify(found)
  return found
}

function* candidates() {
  if (process.env.CHROME_PATH) {
    if (!existsSync(process.env.CHROME_PATH)) throw new Error(`CHROME_PATH: no file ${process.env.CHROME_PATH}`)
    yield process.env.CHROME_PATH
  }
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) yield join(folder, name)
  }
  yield* MAC
  yield* playwrightBrowsers()
}

/** Browsers that Playwright downloaded earlier, newest first. */
function* playwrightBrowsers() {
  const folder = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright')
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder).sort().reverse()) {
    if (name.startsWith('chromium-')) {
      yield join(folder, name, 'chrome-linux64', 'chrome')
      yield join(folder, name, 'chrome-linux', 'chrome')
    }
  }
}

async function firstThatRuns(paths) {
  for (const path of paths) {
    const browser = isExecutable(path) ? await probe(path) : undefined
    if (browser) return browser
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Opens a page in it. Root, and machines without user namespaces, need it without its sandbox: the pages are our own. */
async function probe(executablePath) {
  for (const chromiumSandbox of isRoot ? [false] : [true, false]) {
    try {
      const browser = await chromium.launch({ executablePath, chromiumSandbox, timeout: 30_000 })
      try {
        const page = await browser.newPage()
        await page.setContent('<p>it runs')
      } finally {
        await browser.close()
      }
      return { executablePath, args: chromiumSandbox ? [] : ['--no-sandbox'] }
    } catch {
      // Without its sandbox, or the next candidate.
    }
  }
}

async function fromDebian() {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return
  say('no Chrome or Chromium found; installing the Debian package chromium (apt-get, about 350 MB) …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', 'chromium')) {
    say('apt-get could not install it')
    return
  }
  return probe('/usr/bin/chromium')
}

/**
 * The Chromium of @sparticuz/chromium, unpacked beside the other caches of node_modules with the system libraries that
 * it brings along. A small script sets the library path for the browser alone.
 */
async function fromNpm() {
  const folder = join(ROOT, 'node_modules', '.cache', 'chromium')
  const script = join(folder, 'run.sh')
  const kept = existsSync(script) ? await probe(script) : undefined
  if (kept) return kept
  say('no Chrome or Chromium found; unpacking the one of the npm package @sparticuz/chromium …')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const program =
    "import('@sparticuz/chromium').then(({ default: c }) => c.executablePath()).then((p) => console.log(p))"
  // VERCEL makes the package unpack its own copies of the libraries too.
  const env = { ...process.env, TMPDIR: folder, VERCEL: '1' }
  const { status, stdout } = spawnSync(process.execPath, ['-e', program], { cwd: ROOT, env, encoding: 'utf8' })
  if (status !== 0) return
  const libraries = join(folder, 'al2023', 'lib')
  writeFileSync(script, `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${stdout.trim()}' "$@"\n`)
  chmodSync(script, 0o755)
  return probe(script)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { executablePath, args } = await findBrowser()
  say([executablePath, ...args].join(' '))
}
