/**
 * Shows every story of the built Storybook in Chromium, at 320 and 1280 px, light and dark, and once in German, and
 * fails on a page error, a console error, a request to the outside, or an axe violation.
 *
 *   node test/tools/story-check.mjs [--screenshots <folder>] [words that the story's id must contain]
 *
 * A story tagged `live` needs a backend and is left out.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { findBrowser } from './browser.mjs'
import { addCounts, withCounts } from './counts.mjs'
import { ROOT } from './suites.mjs'

const FOLDER = join(ROOT, 'storybook-static')
const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8')
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}
/** Each is a page load; the views of one follow each other on the same page, as when a window is made larger. */
const LOADS = [
  {
    locale: 'en',
    views: [
      { name: '320-light', width: 320, scheme: 'light' },
      { name: '320-dark', width: 320, scheme: 'dark' },
      { name: '1280-dark', width: 1280, scheme: 'dark' },
      { name: '1280-light', width: 1280, scheme: 'light' },
    ],
  },
  { locale: 'de', views: [{ name: '320-light-de', width: 320, scheme: 'light' }] },
]
/** Milliseconds for one page, on a machine that does other things as well. */
const PATIENCE = 90_000

const words = process.argv.slice(2)
const at = words.indexOf('--screenshots')
const shots = at === -1 ? undefined : resolve(words.splice(at, 2)[1] ?? 'screenshots')

/** Serves the folder on a free port of this machine; resolves to its address and a way to end it. */
function serve() {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
    const file = join(FOLDER, path === '/' ? 'index.html' : path)
    if (!file.startsWith(FOLDER) || !existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    response.end(readFileSync(file))
  })
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done({ origin: `http://127.0.0.1:${server.address().port}`, server }))
  })
}

/** Opens one story and shows it in each view; answers what is wrong with it. */
async function lookAt(context, origin, story, { locale, views }) {
  const page = await context.newPage()
  let view = views[0].name
  const found = []
  const wrong = (text) => found.push(`${story.id} (${view}): ${text}`)
  page.setDefaultTimeout(PATIENCE)
  page.on('pageerror', (error) => wrong(`page error: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && wrong(`console: ${message.text()}`))
  try {
    await page.route(
      (url) => /^(http|ws)s?:$/.test(url.protocol) && url.origin !== origin,
      (route) => {
        wrong(`asked for ${route.request().url()}`)
        return route.abort()
      },
    )
    await show(page, views[0])
    const globals = `locale:${locale};scheme:auto;a11y.manual:!true`
    await page.goto(`${origin}/iframe.html?id=${story.id}&viewMode=story&globals=${globals}`)
    for (const text of await settle(page)) wrong(text)
    await page.evaluate(AXE)
    for (const next of views) {
      view = next.name
      await show(page, next)
      for (const text of await page.evaluate(runAxe)) wrong(text)
      if (shots) await page.screenshot({ path: join(shots, `${story.id}--${view}.png`) })
    }
  } catch (error) {
    wrong(error.message)
  } finally {
    await page.close()
  }
  return found
}

/** A window of this width under this scheme, drawn. */
async function show(page, { width, scheme }) {
  await page.setViewportSize({ width, height: 800 })
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await frames(page)
}

function frames(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

/** Waits until the story is shown and played, and nothing more is loaded. */
async function settle(page) {
  const phase = await page.waitForFunction(() => {
    const render = window.__STORYBOOK_PREVIEW__?.currentRender
    return ['completed', 'finished', 'errored', 'aborted'].includes(render?.phase) && render.phase
  })
  await page.waitForLoadState('networkidle')
  await frames(page)
  const end = await phase.jsonValue()
  return end === 'errored' || end === 'aborted' ? [`the story ended ${end}`] : []
}

/** Runs in the page. A story is a fragment: rules about landmarks of a whole page do not apply. */
async function runAxe() {
  const rules = { region: { enabled: false } }
  const { violations } = await window.axe.run('#storybook-root', { rules, resultTypes: ['violations'] })
  const places = (nodes) => nodes.map((node) => node.target.flat().join(' ')).join('; ')
  return violations.map(({ id, help, nodes }) => `axe ${id}: ${help} (${places(nodes)})`)
}

async function checkStory(contexts, origin, story) {
  const wrong = []
  for (const load of LOADS) wrong.push(...(await lookAt(contexts.get(load.locale), origin, story, load)))
  const good = wrong.length === 0
  console.log(`${good ? '✔' : '✖'} ${story.id}`)
  for (const line of wrong) console.log(`    ${line}`)
  addCounts(good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: [`✖ ${wrong.join('\n    ')}\n`] })
  return good
}

await withCounts('stories', async () => {
  if (!existsSync(join(FOLDER, 'index.json'))) throw new Error('no Storybook here: run "npm run storybook:build" first')
  const { entries } = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8'))
  const stories = Object.values(entries)
    .filter(({ type, tags = [] }) => type === 'story' && !tags.includes('live'))
    .filter(({ id }) => words.every((word) => id.includes(word)))
  if (stories.length === 0) throw new Error('no story to look at')
  if (shots) mkdirSync(shots, { recursive: true })
  const { origin, server } = await serve()
  const browser = await chromium.launch(await findBrowser())
  let good = true
  const worker = async () => {
    // Kept from story to story: what they share is fetched and compiled once.
    const contexts = new Map()
    for (const { locale } of LOADS) contexts.set(locale, await browser.newContext({ locale }))
    for (let story = stories.shift(); story; story = stories.shift()) {
      good = (await checkStory(contexts, origin, story)) && good
    }
  }
  try {
    await Promise.all([worker(), worker()])
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
  return good
})
